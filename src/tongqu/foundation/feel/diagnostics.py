"""What went wrong, where, and how to mend it: in Chinese and English, for the author of the expression.

FEEL itself answers null where something cannot be computed (DMN 1.5, 10.3.2); these say why it did.
"""

from __future__ import annotations

from dataclasses import dataclass

WORDS: dict[str, tuple[str, str]] = {
    # reading
    "syntax": ("这里读不懂：{found}", "cannot be read here: {found}"),
    "expected": ("这里应当是{wanted}，而不是{found}", "{wanted} is expected here, not {found}"),
    "unfinished-text": ("文字少了结尾的引号", "the text lacks its closing quotation mark"),
    "bad-literal": ("“{text}”不是日期、时间或者时长", "“{text}” is no date, time or duration"),
    "too-deep": ("嵌套太深，最多{most}层", "nested too deeply, at most {most} levels"),
    "too-long": ("表达式太长，最多{most}个字符", "the expression is too long, at most {most} characters"),
    "too-many-parts": ("表达式太长，最多{most}个部分", "the expression is too long, at most {most} parts"),
    "unknown-type": ("不认识的类型“{name}”", "unknown type “{name}”"),
    "language": (
        "不支持表达式语言“{name}”，请用FEEL",
        "the expression language “{name}” is not supported; write FEEL",
    ),
    "missing-entry": ("{wanted}缺少“{name}”", "“{name}” is missing of a {wanted}"),
    "external": (
        "不支持外部（Java、PMML）函数，出于安全不会运行",
        "external (Java, PMML) functions are not supported and never run",
    ),
    # names
    "unknown-name": ("不认识的名字“{name}”", "unknown name “{name}”"),
    "unknown-name-near": ("不认识的名字“{name}”，是不是“{near}”", "unknown name “{name}”; did you mean “{near}”?"),
    "no-member": ("“{kind}”没有“{name}”这一项", "a {kind} has no “{name}”"),
    # types
    "not-boolean": ("这里要“是”或“否”，得到的是{kind}", "true or false is needed here, not a {kind}"),
    "operands": ("{left}和{right}不能用“{sign}”计算", "{left} and {right} cannot be combined by “{sign}”"),
    "operand": ("{kind}不能用“{sign}”计算", "“{sign}” cannot be put before a {kind}"),
    "not-comparable": ("{left}和{right}不能比较", "{left} and {right} cannot be compared"),
    "divide-by-zero": ("除数是零", "division by zero"),
    "out-of-range": ("结果超出范围", "the result is out of range"),
    "not-a-list": ("这里要一个列表或者区间，得到的是{kind}", "a list or range is needed here, not a {kind}"),
    "not-a-function": ("“{name}”不是函数，不能调用", "“{name}” is no function and cannot be called"),
    "bad-index": ("列表没有第{index}项", "the list has no item {index}"),
    "bad-filter": ("筛选条件应当是“是、否”或者序号", "a filter is true, false or a position"),
    "bad-range": ("区间的两端不能比较", "the ends of the range cannot be compared"),
    "duplicate-key": ("“{name}”写了两次", "“{name}” is there twice"),
    "type-mismatch": ("要的是{wanted}，得到的是{kind}", "a {wanted} is needed, not a {kind}"),
    "not-allowed": ("“{value}”不在允许的取值之内", "“{value}” is not among the allowed values"),
    # calling
    "argument-count": ("“{name}”的参数个数不对：给了{given}个", "“{name}” does not take {given} arguments"),
    "argument-name": ("“{name}”没有叫“{parameter}”的参数", "“{name}” has no parameter “{parameter}”"),
    "argument-type": (
        "“{name}”的参数“{parameter}”要{wanted}，得到的是{kind}",
        "“{parameter}” of “{name}” is a {wanted}, not a {kind}",
    ),
    "argument-value": ("“{name}”不能用这个值计算：{why}", "“{name}” cannot work with this value: {why}"),
    "pattern": ("正则表达式有误：{why}", "the pattern is wrong: {why}"),
    "function-failed": ("“{name}”没有算出结果", "“{name}” gave no result"),
    # tables
    "overlap": ("第{rules}条规则同时符合，这张表只允许一条", "rules {rules} match at once; this table allows one"),
    "no-agreement": (
        "符合的几条规则（第{rules}条）结果不一样",
        "the rules that match ({rules}) differ in their result",
    ),
    "no-rule": ("没有一条规则符合", "no rule matches"),
    "bad-aggregation": ("这些结果不能汇总", "these results cannot be aggregated"),
    "not-listed": ("结果“{value}”不在输出列的取值顺序里", "“{value}” is not in the output's order of values"),
    "missing-requirement": ("没有找到“{name}”", "“{name}” was not found"),
    "circular": ("“{name}”绕回到了自己", "“{name}” depends on itself"),
    # limits
    "too-many-steps": ("计算太久，已经停下（最多{most}步）", "stopped: it takes more than {most} steps"),
    "too-slow": ("计算太久，已经停下（最多{most}毫秒）", "stopped: it takes more than {most} milliseconds"),
    "too-large": ("结果太大，已经停下（最多{most}）", "stopped: the result is larger than {most}"),
}


@dataclass(frozen=True, slots=True)
class Span:
    """Where in the text: from the character `start` up to, not including, `end`; `where` names the text."""

    start: int
    end: int
    where: str = ""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing that is wrong. `code` is stable; `zh` and `en` are for people."""

    code: str
    span: Span
    zh: str
    en: str

    def __str__(self) -> str:
        place = f"{self.span.where}:" if self.span.where else ""
        return f"{place}{self.span.start + 1}: {self.zh} {self.en}"


def diagnostic(code: str, span: Span, **facts: object) -> Diagnostic:
    zh, en = WORDS[code]
    short = {name: _short(value) for name, value in facts.items()}
    return Diagnostic(code, span, zh.format(**_said(short, 0)), en.format(**_said(short, 1)))


MOST_SAID = 120


def _short(value: object) -> object:
    """No more of a text than a sentence can hold; of a list or context, which may hold itself many times, its size."""
    if isinstance(value, str) and len(value) > MOST_SAID:
        return value[:MOST_SAID] + "…"
    return f"{len(value)} × …" if isinstance(value, list | dict) else value


KIND_WORDS: dict[str, str] = {
    "Null": "空值", "boolean": "是否", "number": "数字", "string": "文字", "list": "列表", "context": "一组数据",
    "range": "区间", "function": "函数", "date": "日期", "time": "时间", "date and time": "日期时间",
    "years and months duration": "年月时长", "days and time duration": "日时时长", "Any": "任意", "unknown": "未知",
}  # fmt: skip


def _said(facts: dict[str, object], language: int) -> dict[str, object]:
    """Names of kinds in the language; all else as it is."""
    if language:
        return facts
    return {k: KIND_WORDS.get(v, v) if isinstance(v, str) and k in _KINDS_IN else v for k, v in facts.items()}


_KINDS_IN = {"kind", "left", "right", "wanted"}


class FeelError(ValueError):
    """The text is no expression; `problem` says what and where."""

    def __init__(self, problem: Diagnostic) -> None:
        super().__init__(str(problem))
        self.problem = problem


class LimitExceeded(RuntimeError):
    """An evaluation was stopped: too many steps, too deep, too large. Nothing it had computed counts."""

    def __init__(self, problem: Diagnostic) -> None:
        super().__init__(str(problem))
        self.problem = problem
