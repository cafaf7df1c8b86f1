// 通衢: fields of a form that hang on other answers; the server decides. A condition is a tree in prefix form; null is unknown, as in FEEL.
const exact = (n) => Number(n.toPrecision(15));
const KINDS = {
  list: (texts) => texts,
  string: ([text]) => text,
  date: ([text]) => text.normalize("NFKC").trim(),
  number([text]) {
    const plain = text.normalize("NFKC").replace(/[\s,]/g, "");
    return plain === "" || Number.isNaN(Number(plain)) ? null : Number(plain);
  },
};
const like = (a, b) => a !== null && typeof a === typeof b;
const same = (a, b) => {
  if (a === null || b === null) return a === b;
  return like(a, b) ? JSON.stringify(a) === JSON.stringify(b) : null;
};
const not = (a) => (typeof a === "boolean" ? !a : null);
const several = (a) => (Array.isArray(a) ? a : [a]);
const before = (a, b) => (like(a, b) && /number|string/.test(typeof a) ? a < b : null);
const sum = (a, b, f) => (like(a, b) && typeof a === "number" ? exact(f(a, b)) : null);
const all3 = (a, b) => (a === false || b === false ? false : a === true && b === true ? true : null);
const WORK = {
  and: all3,
  or: (a, b) => not(all3(not(a), not(b))),
  not,
  if: (a, b, c) => (a === true ? b : c),
  "=": same,
  "!=": (a, b) => not(same(a, b)),
  "<": before,
  ">": (a, b) => before(b, a),
  "<=": (a, b) => not(before(b, a)),
  ">=": (a, b) => not(before(a, b)),
  "+": (a, b) => sum(a, b, (x, y) => x + y),
  "-": (a, b) => sum(a, b, (x, y) => x - y),
  "*": (a, b) => sum(a, b, (x, y) => x * y),
  count: (a) => (a === null ? null : several(a).length),
  contains: (a, b) => (a === null ? null : several(a).some((one) => same(one, b) === true)),
};
function work([sign, ...parts], given) {
  if (sign === "value") return parts[0];
  if (sign === "name") return given(...parts);
  if (sign === "any") return (work(parts[0], given) ?? []).some((one) => parts[1].includes(one));
  return WORK[sign](...parts.map((part) => work(part, given)));
}
function settle(form) {
  const trees = new Map([...form.querySelectorAll("[data-when]")].map((field) => [field, JSON.parse(field.dataset.when)]));
  const answers = new FormData(form);
  const off = new Set();
  const given = (name, kind) => {
    const hidden = off.has(form.querySelector(`[name="${name}"]`)?.closest("[data-when]"));
    const texts = hidden ? [] : answers.getAll(name).filter((text) => text !== "");
    return texts.length ? KINDS[kind](texts) : null;
  };
  // What is hidden counts as empty for whatever hangs on it. Mostly that stands after it: one round settles those.
  for (let round = 0, changed = true; changed && round <= trees.size; round++) {
    changed = false;
    for (const [field, tree] of trees) {
      const fits = work(tree, given) === true;
      if (fits !== off.has(field)) continue;
      changed = true;
      fits ? off.delete(field) : off.add(field);
    }
  }
  for (const field of trees.keys()) {
    field.hidden = off.has(field);
    field.toggleAttribute("data-off", field.hidden);
    const why = field.querySelector(".cond__when");
    if (why) why.hidden = true;
  }
}
for (const form of new Set([...document.querySelectorAll("form [data-when]")].map((field) => field.closest("form")))) {
  settle(form);
  for (const when of ["change", "input"]) form.addEventListener(when, () => settle(form));
}
