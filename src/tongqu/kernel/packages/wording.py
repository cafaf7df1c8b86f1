"""What can be wrong with a package, each under a code, in words for whoever writes packages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from jsonschema.exceptions import ValidationError

from tongqu.kernel.acts.errors import Text


@dataclass(frozen=True, slots=True)
class Problem:
    """What stands in the way of publishing: the file, a path inside it ("$.pages[0].title"), a sentence, the rule."""

    file: str
    path: str
    message: str
    rule: str = ""
    code: str = ""

    def __str__(self) -> str:
        return f"{self.file} {self.path}: {self.message}" + (f" [{self.rule}]" if self.rule else "")


WORDS: dict[str, Text] = {
    # the folder
    "not-a-folder": _("这里不是文件夹"),
    "link": _("定义包里不能有符号链接"),
    "strange-file": _("定义包里不应有这个文件"),
    "strange-template": _("templates里只能放.typ和.yaml文件"),
    "large-template": _("模板超过了256 KB"),
    "not-utf8": _("文件不是UTF-8文本"),
    "missing-file": _("缺少这个文件"),
    "folder-name": _("代码应当与文件夹同名"),
    # the schema
    "schema-missing": _("缺少“%(key)s”这一项"),
    "schema-unknown": _("没有“%(key)s”这一项，请检查拼写"),
    "schema-choice": _("“%(got)s”不在可选值之内：%(wanted)s"),
    "schema-constant": _("应当是“%(wanted)s”"),
    "schema-type": _("类型不对，应当是%(wanted)s"),
    "schema-form": _("“%(got)s”不符合规定的写法"),
    "schema-other": _("不符合规定的格式：%(got)s"),
    # the form
    "twice": _("“%(name)s”出现了两次"),
    "unknown-field": _("表单里没有“%(name)s”这个字段，或者它排在后面"),
    "expression": _("条件第%(at)s个字符：%(zh)s %(en)s"),
    "not-on-page": _(
        "网页不能随填随判断这一条件。可以用：比较、and、or、not、if、in、between、加减乘、count、list contains"
    ),
    "never": _("“%(name)s”不可能等于“%(value)s”"),
    "unknown-element": _("标准里没有数据元“%(name)s”"),
    "prefill-other": _("字段只能用自己的数据元预填"),
    "no-register": _("没有数据源声明自己有“%(name)s”"),
    "ask-once": _("“%(name)s”向申请人要%(what)s，而这可以从%(source)s取得，不得要求申请人提供"),
    "widget": _("控件“%(widget)s”装不下%(type)s类型的数据元"),
    "too-long": _("数据元最多%(max)s个字"),
    "not-in-code-set": _("代码集%(set)s里没有：%(values)s"),
    "not-several": _("“%(name)s”不是多选字段"),
    "not-document": _("“%(name)s”不是文件类的数据元"),
    "no-help": _("“%(name)s”没有填写说明（help）：写明要填什么、举一个例子、在哪里找得到"),
    # the triage
    "unknown-question": _("没有问题“%(name)s”"),
    "unknown-outcome": _("没有结论“%(name)s”"),
    "circle": _("问题绕成了圈：%(names)s"),
    "unreached": _("没有哪个回答通向“%(name)s”"),
    "unknown-setting": _("package.yaml里没有地方规定模板“%(name)s”"),
    "unknown-name": _("文字里的“{%(name)s}”在这里没有值"),
    # the decision tables
    "strange-table": _("tables里只能放.csv和.xlsx文件"),
    "table-name": _("表的文件名“%(name)s”应当由小写英文字母、数字和下划线组成，以字母开头"),
    "table-twice": _("有两张叫“%(name)s”的表，请只留一个文件"),
    "many-tables": _("最多%(most)s张表"),
    "large-table": _("表格文件超过了%(most)s KB"),
    "large-tables": _("全部的表加起来最多%(most)s格"),
    "table-sheet": _("%(zh)s %(en)s"),
    "table-finding": _("%(zh)s %(en)s"),
    "table-empty": _("表里没有规则"),
    "table-circle": _("这些表互相依赖，绕成了圈：%(names)s"),
    "table-output-name": _(
        "结果列的“表达式”一格写它的名字，由小写英文字母、数字和下划线组成，以字母开头；现在是“%(name)s”"
    ),
    "table-output-taken": _("结果“%(name)s”和%(where)s里的重名"),
    "table-output-type": _("结果“%(name)s”的类型应当是%(wanted)s"),
    "table-one-output": _("汇总的表只能有一列结果"),
    "table-head": _("第%(column)s列的表达式，第%(at)s个字符：%(zh)s %(en)s"),
    "table-input-type": _("第%(column)s列：“%(name)s”不是%(wanted)s类型"),
    "table-clock": _("%(at)s：表里不能用“%(name)s”：同样的情形，哪一天看都应当是同样的结果"),
    "table-strange-name": _("%(at)s：表单、办件和其他表里都没有“%(name)s”"),
    "table-not-plain": _(
        "表“%(name)s”不能用在表单里：只有“唯一”“取第一条”“任一”、格子里不写算式的表，网页才能随填随判断"
    ),
    "table-looks-later": _("表里用到的“%(names)s”，排在这个字段后面或者不在表单里"),
    "table-private": _("表里不能用“%(name)s”：电话号码不作判断的依据"),
    "table-no-basis": _("这些规则没有写依据：第%(rules)s条"),
    "table-one-language": _("“%(head)s”只有一种文字；写成“中文 | English”，两种页面都能看懂"),
    # references
    "unknown-rule": _("规则登记册和本包里都没有规则“%(name)s”"),
    "publish-first": _("这个包用到定义包“%(name)s”的规则，请先发布那个包"),
    "must-be": _("应当是“%(wanted)s”"),
    "unknown-instrument": _("package.yaml里没有列出法规“%(name)s”"),
    "default-type": _("“%(name)s”的默认值类型不对"),
    "unknown-procedure": _("没有程序“%(name)s”"),
    "unknown-action": _("程序里没有动作“%(name)s”"),
    "unknown-clock": _("程序里没有期限“%(name)s”"),
    "promise-longer": _("承诺的期限应当短于规则“%(name)s”，并用同样的单位"),
    "unknown-material": _("没有材料“%(name)s”"),
    "unknown-source": _("没有叫“%(name)s”的值可以印在证上"),
    # the package's own tests
    "test-failed": _("没有通过：%(what)s"),
}
TYPES: dict[str, Text] = {
    "string": _("文字"), "integer": _("整数"), "array": _("列表"), "object": _("一组键和值"),
    "boolean": _("true或者false"), "null": _("空"),
}  # fmt: skip


def problem(file: str, path: str, code: str, *, rule: str = "", **facts: Any) -> Problem:
    """A problem in the reader's language. `facts` are the names in its sentence."""
    return Problem(file, path, str(WORDS[code]) % facts, rule, code)


def departure(file: str, error: ValidationError) -> Problem:
    """A place where a file departs from its schema."""
    wanted, got = error.validator_value, _short(error.instance)
    path = error.json_path
    given = error.instance if isinstance(error.instance, dict) else {}
    match error.validator:
        case "required" if isinstance(wanted, list):
            return problem(file, path, "schema-missing", key=next((key for key in wanted if key not in given), ""))
        case "additionalProperties" if isinstance(error.schema, dict):
            known = error.schema.get("properties", {})
            return problem(file, path, "schema-unknown", key=next((key for key in given if key not in known), ""))
        case "enum" if isinstance(wanted, list):
            return problem(file, path, "schema-choice", got=got, wanted="、".join(map(str, wanted)))
        case "const":
            return problem(file, path, "schema-constant", wanted=wanted)
        case "type":
            kinds = wanted if isinstance(wanted, list) else [wanted]
            names = "、".join(str(TYPES.get(str(kind), kind)) for kind in kinds)
            return problem(file, path, "schema-type", wanted=names)
        case "pattern" | "format" | "minLength" | "maxLength" | "minimum" | "maximum":
            return problem(file, path, "schema-form", got=got)
        case _:
            return problem(file, path, "schema-other", got=got)


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:40]}…"
