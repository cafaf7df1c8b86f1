"""The form of an act: one definition draws it on the page, describes it in the API and reads what comes in.

Most acts declare their fields in the procedure; some depend on the case (what may be demanded, what was demanded,
the check sheet of the item). Either way the result has the shape of a package's form definition.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from tongqu.foundation import hant
from tongqu.foundation.identifiers import mask
from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.errors import Invalid, Text
from tongqu.kernel.cases import definition, service_form
from tongqu.kernel.cases.context import Ctx, LoadedFacts
from tongqu.kernel.cases.models import Case
from tongqu.kernel.cases.procedure import Action, procedure
from tongqu.kernel.cases.rules import to_correct, unmet
from tongqu.kernel.law.grounds import Ground, grounds_for
from tongqu.kernel.law.queries import grounds_to_extend, grounds_to_pause
from tongqu.kernel.packages.package import Package
from tongqu.kernel.standards.register import element
from tongqu.kernel.ui import forms, languages

Field = dict[str, Any]
NOTE = {
    "zh-Hans": "写明缺什么、怎样补；不需要补正则留空",
    "en": "Say what is missing and how to mend it; leave empty if nothing is",
}
SPOT_NOTE = {
    "zh-Hans": "写明哪里填错或者漏签、怎样改；不需要更正则留空",
    "en": "Say what is wrong and how to correct it; leave empty if nothing is",
}
UNCHANGED = {"zh-Hans": "不更改则留空", "en": "Leave empty to keep it"}
PRESENT: Field = {
    "name": "present", "element": "yes_no", "widget": "checkboxes", "required": True,
    "label": {"zh-Hans": "申请人确认", "en": "Confirmed by the applicant"},
    "options": [{"value": "yes", "label": {
        "zh-Hans": "申请人（或者有权代理人）在场，已当面核对并确认以上更正",
        "en": "The applicant (or an agent with authority) is present and has confirmed these corrections"}}],
}  # fmt: skip


CHILD_CONSENT: Field = {
    "name": "child_consent", "element": "yes_no", "widget": "checkboxes", "required": True,
    "label": {"zh-Hans": "监护人同意", "en": "Guardian's consent"},
    "help": {"zh-Hans": "可以随时在“我的个人信息”中撤回", "en": "It can be withdrawn under “my personal information”"},
    "options": [{"value": "yes", "label": {
        "zh-Hans": "我是申请人的监护人，同意为办理本事项处理其个人信息",
        "en": "I am the applicant's guardian and agree that the child's information is handled for this matter"}}],
}  # fmt: skip


def form_for(action: Action, *, case: Case, package: Package, facts: LoadedFacts, actor: Actor) -> dict[str, Any]:
    """The form definition of an action on a case now."""
    fields = _fields(action, case=case, package=package, facts=facts, actor=actor)
    fields += [_with_options(dict(field), case=case, actor=actor, facts=facts) for field in action.more_inputs]
    section = {"id": action.code, "title": dict(action.name), "fields": fields}
    return {"pages": [{"id": action.code, "title": dict(action.name), "sections": [section] if fields else []}]}


def read(ctx: Ctx, posted: Mapping[str, Any]) -> dict[str, Any]:
    """Check what came in against the action's form. Raises Invalid with every field at fault."""
    if ctx.actor.kind == "system":
        return dict(posted)
    form = form_for(ctx.action, case=ctx.case, package=ctx.package, facts=ctx.facts, actor=ctx.actor)
    fields = forms.all_fields(form)
    if wrong := wrong_types(fields, posted):
        raise Invalid(code="wrong-type", fields=wrong)
    if unknown := forms.unknown(form, posted):
        raise Invalid(code="unknown-field", fields={name: _("没有这一填写项") for name in sorted(unknown)})
    values, found = forms.parse(without_files(form), posted)
    errors: dict[str, Text] = {**found, **_stray_files(form, ctx)}
    more = {f["name"]: values.pop(f["name"], None) for f in ctx.action.more_inputs}
    shaped = _SHAPERS.get(str(ctx.action.inputs), _as_is)(ctx, values, errors)
    if errors:
        raise Invalid(fields=errors)
    return shaped | more


def wrong_types(fields: Mapping[str, Any], posted: Mapping[str, Any]) -> dict[str, Text]:
    """{name: what is wrong} of values that are neither text nor, where several may be chosen, a list of texts.

    A page sends every field as a list, so a list of one text is a text.
    """
    return {n: _("应为文字") for n, v in posted.items() if not _is_text(v, several=_takes_several(fields.get(n)))}


def _takes_several(field: Mapping[str, Any] | None) -> bool:
    return field is None or field["widget"] == "checkboxes"


def _is_text(value: Any, *, several: bool) -> bool:
    if isinstance(value, list | tuple):
        return (several or len(value) <= 1) and all(isinstance(one, str) for one in value)
    return value is None or isinstance(value, str)


def without_files(form: dict[str, Any]) -> dict[str, Any]:
    """The form without its files, which do not come as text."""
    pages = [
        page
        | {"sections": [s | {"fields": [f for f in s["fields"] if f["widget"] != "file"]} for s in page["sections"]]}
        for page in form["pages"]
    ]
    return {"pages": pages}


def _stray_files(form: dict[str, Any], ctx: Ctx) -> dict[str, Text]:
    """Files sent under a name that takes none, or more than it takes."""
    sent = Counter(upload.field for upload in ctx.uploads)
    takes = {name: f.get("max_files", 1) for name, f in forms.all_fields(form).items() if f["widget"] == "file"}
    wrong: dict[str, Text] = {name: _("这里不能上传文件") for name in sent if name not in takes}
    many = {name: takes[name] for name, count in sent.items() if count > takes.get(name, count)}
    return wrong | {name: _("最多上传%(most)s个文件") % {"most": most} for name, most in many.items()}


def _fields(action: Action, *, case: Case, package: Package, facts: LoadedFacts, actor: Actor) -> list[Field]:
    match action.inputs:
        case "from_supplementable":
            return _demandable(case, package, facts)
        case "from_earlier_demands":
            return [_note(code, package, d["note"]) for code, d in _open_demands(case).items()]
        case "from_demands":
            demands = _open_demands(case)
            only = {"required": len(demands) == 1}  # of several, part may be supplied
            have = Counter(row.code for row in facts.materials)
            return [_answer(code, d, package, have, facts) | only for code, d in demands.items()]
        case "from_correctable":
            codes = [*(f"material:{m.code}" for m in facts.wanted), *definition.askable_fields(package, facts.values)]
            return [_note(code, package, values=facts.values, how=SPOT_NOTE) for code in codes]
        case "from_corrections":
            open_ones = {d["code"]: d for d in case.demands if d["code"] in to_correct(case.demands) and d.get("spot")}
            only = {"required": len(open_ones) == 1}
            have = Counter(row.code for row in facts.materials)
            return [_answer(code, d, package, have, facts) | only for code, d in open_ones.items()]
        case "from_typed_fields":
            return [*_as_they_stand(package, facts), dict(PRESENT)]
        case "from_service":
            return service_form.fields({})
        case "from_check_sheet":
            return definition.check_sheet(package, facts.values, case)
        case str():
            raise LookupError(action.inputs)
        case declared:
            fields = [_with_options(dict(field), case=case, actor=actor, facts=facts) for field in declared]
            asks_guardian = action.code == "submit" and facts.consenting_guardian
            return [*fields, dict(CHILD_CONSENT)] if asks_guardian else fields


def _with_options(field: Field, *, case: Case, actor: Actor, facts: LoadedFacts) -> Field:
    source = field.pop("options_from", None)
    if source == "site_officers" and case.unit_id:
        field["options"] = [
            {"value": account, "label": {"zh-Hans": name, "en": name}} for account, name in facts.site_officers.items()
        ]
    elif source in CONSULTED:
        field["options"] = _consulted(case, facts, unreceived=source == "unreceived_consultations")
    elif source:
        field["options"] = [
            {"value": g.code, "label": dict(g.text), "hint": _cited(g.source)} for g in _listed(source, case, facts)
        ]
    return field


CONSULTED = {"open_consultations", "unreceived_consultations"}


def _consulted(case: Case, facts: LoadedFacts, *, unreceived: bool) -> list[dict[str, Any]]:
    """The letters that wait for an answer, or for being received: whom each asks, and as what."""
    kinds = procedure(case.procedure_code, case.procedure_version).consultations
    return [
        {"value": str(row.id), "label": {"zh-Hans": row.name, "en": row.name}, "hint": dict(kinds[row.kind].name)}
        for row in facts.consultations
        if not row.outcome and not (unreceived and row.received_on)
    ]


def _listed(act_code: str, case: Case, facts: LoadedFacts) -> list[Ground]:
    """The grounds that an act may rest on; of pausing and extending, those that fit the clocks that run."""
    if act_code == "pause":
        return grounds_to_pause(facts.clocks)
    if act_code != "extend":
        return grounds_for(act_code, case.item_code)
    found = [ground for clock in facts.clocks if not clock.is_over for ground in grounds_to_extend(clock)]
    return list({ground.code: ground for ground in found}.values())


def _cited(source: str) -> dict[str, str]:
    return {"zh-Hans": source, "zh-Hant": hant.traditional(source), "en": source}


# --- supplement: what may be asked, what was asked, what comes back ---------------------------------------------------


def _demandable(case: Case, package: Package, facts: LoadedFacts) -> list[Field]:
    """The first time everything; later only what a correction by the applicant has called for since."""
    codes = [*(f"material:{m.code}" for m in facts.wanted), *definition.askable_fields(package, facts.values)]
    if facts.tally.get("request_supplement"):
        new = {f"material:{m}" for m in facts.missing_materials} | {f"field:{f}" for f in facts.form_errors}
        codes = [code for code in codes if code in new]
    return [_note(code, package, values=facts.values) for code in codes]


def _note(
    code: str,
    package: Package,
    note: str = "",
    *,
    values: Mapping[str, Any] | None = None,
    how: Mapping[str, str] = NOTE,
) -> Field:
    """A field for saying what is wrong with a material or an answer, with the answer as it stands beside it."""
    kind, _sep, name = code.partition(":")
    stands = _in_words(package, name, (values or {}).get(name)) if kind == "field" else {}
    field: Field = {
        "name": code.replace(":", "__"), "element": "case.note", "widget": "textarea", "max_length": 300,
        "label": definition.title_of(package, code), "help": _joined(stands, how),
    }  # fmt: skip
    return field | {"initial": note} if note else field


def _in_words(package: Package, name: str, value: Any) -> dict[str, str]:
    """What was answered, in the reader's words; a phone number masked."""
    if value in (None, "", []):
        return {}
    if _is_phone(package.fields[name]):
        value = mask("mobile", str(value))
    zh, en = (definition.shown_value(package, name, value, language) for language in ("zh-Hans", "en"))
    hant = definition.shown_value(package, name, value, "zh-Hant")  # as it was entered, in a sentence that is ours
    return {"zh-Hans": f"现在填的是：{zh}。", "zh-Hant": f"現在填的是：{hant}。", "en": f"Now it says: {en}. "}


def _joined(first: Mapping[str, str], then: Mapping[str, str]) -> dict[str, str]:
    return {tag: languages.said(first, tag) + languages.said(then, tag) for tag in ("zh-Hans", "zh-Hant", "en")}


def _is_phone(field: Mapping[str, Any]) -> bool:
    return element(field["element"]).check == "phone"


def _answer(
    code: str, demand: Mapping[str, Any], package: Package, have: Mapping[str, int], facts: LoadedFacts
) -> Field:
    """One demand as a field. Files that come replace those handed in before, and the field says so; a field says what
    was answered before, which is what the demand is about."""
    asked = {"zh-Hans": demand["note"], "en": demand["note"]}
    kind, _sep, name = code.partition(":")
    if kind == "material":
        if count := have.get(name, 0):
            said = {
                "zh-Hans": f"（现在选的文件会替换已经交的{count}个文件）",
                "en": f" (replaces the {count} handed in before)",
            }
            asked = {language: text + said[language] for language, text in asked.items()}
        title = definition.title_of(package, code)
        most = definition.material_spec(package, name).get("max_files", 1)
        return {
            "name": name, "element": "case.file", "widget": "file", "label": title, "help": asked,
            "multiple": most > 1, "max_files": most,
        }  # fmt: skip
    field = definition.form_field(package, name)
    field.pop("show", None)
    return field | {"help": _joined(_in_words(package, name, facts.values.get(name)), asked)}


def _as_they_stand(package: Package, facts: LoadedFacts) -> list[Field]:
    """Every field that the applicant answers, with what he answered; none of them hides another here."""
    fields = []
    for code in definition.askable_fields(package, facts.values):
        name = code.partition(":")[2]
        field = definition.form_field(package, name)
        field.pop("show", None)
        given = facts.values.get(name)
        if _is_phone(field):  # masked for staff: typed anew or left as it is
            fields.append(field | {"required": False, "help": _joined(_in_words(package, name, given), UNCHANGED)})
            continue
        answered = {} if given is None else {"initial": given}
        fields.append(field | answered | {"required": field.get("required") is True})
    return fields


def _open_demands(case: Case) -> dict[str, Mapping[str, Any]]:
    missing = unmet(case.demands)
    return {d["code"]: d for d in case.demands if d["code"] in missing and not d.get("spot")}


# --- from parsed fields to what the effects take ----------------------------------------------------------------------


def _as_is(ctx: Ctx, values: dict[str, Any], errors: dict[str, Text]) -> dict[str, Any]:
    if "officers" in values:
        names = ctx.facts.site_officers
        values["officers"] = [{"account": a, "name": names[a]} for a in values["officers"] if a in names]
    return values


def _as_demands(ctx: Ctx, values: dict[str, Any], errors: dict[str, Text]) -> dict[str, Any]:
    demands = {name.replace("__", ":", 1): note for name, note in values.items() if note}
    if not demands and not errors:
        raise Invalid(_("请至少写明一项内容"), code="nothing-demanded")
    return {"demands": demands}


def _as_changes(ctx: Ctx, values: dict[str, Any], errors: dict[str, Text]) -> dict[str, Any]:
    """Only what differs from what stands there; the form as a whole must hold afterwards where it is touched."""
    now_is = ctx.facts.values
    blank: tuple[Any, ...] = (None, "", [])
    changed = {
        n: v
        for n, v in values.items()
        if n != "present"
        and v != now_is.get(n)
        and not (v in blank and (now_is.get(n) in blank or _is_phone(ctx.package.fields[n])))
    }
    if not changed and not errors:
        raise Invalid(_("没有改动任何一项"), code="nothing-changed", remedy=_("请先改正填错的内容"))
    return _as_answers(ctx, changed, errors)


def _as_answers(ctx: Ctx, values: dict[str, Any], errors: dict[str, Text]) -> dict[str, Any]:
    """Corrected values must pass what the form itself asks of them, beside all other answers."""
    merged = {n: entry["value"] for n, entry in definition.typed(ctx.case, ctx.package, values).items()}
    found = definition.form_errors(ctx.package, merged)
    errors |= {name: found[name] for name in values if name in found}
    return values


def _as_attempt(ctx: Ctx, values: dict[str, Any], errors: dict[str, Text]) -> dict[str, Any]:
    return {"attempt": service_form.attempt_of(values, has_file=bool(ctx.uploads))} if not errors else values


def _as_sheet(ctx: Ctx, values: dict[str, Any], errors: dict[str, Text]) -> dict[str, Any]:
    outer = {"conclusion", "applicant_signature", "signature_note", "photos"}
    sheet = {name: value for name, value in values.items() if name not in outer}
    if values.get("conclusion") == "passed" and "failed" in sheet.values():
        errors["conclusion"] = _("有不符合的核查项目，结论不能是“符合”")
    return {name: values.get(name) for name in outer - {"photos"}} | {"sheet": sheet}


_SHAPERS = {
    "from_supplementable": _as_demands,
    "from_earlier_demands": _as_demands,
    "from_demands": _as_answers,
    "from_correctable": _as_demands,
    "from_corrections": _as_answers,
    "from_typed_fields": _as_changes,
    "from_check_sheet": _as_sheet,
    "from_service": _as_attempt,
}
