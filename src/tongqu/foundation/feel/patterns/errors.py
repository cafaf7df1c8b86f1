"""What can be wrong with a pattern."""

from __future__ import annotations

WORDS = {
    "syntax": (
        "第{at}个字符处写法不对；括号和其他符号要当作文字，前面加\\",
        "wrong at character {at}; brackets and other signs that stand for themselves take a \\ before them",
    ),
    "quantifier": ("第{at}个字符处的重复次数前面没有内容", "nothing to repeat at character {at}"),
    "range": ("第{at}个字符处的范围颠倒了", "a range the wrong way round at character {at}"),
    "group": ("括号不成对（第{at}个字符）", "unbalanced parentheses at character {at}"),
    "escape": ("第{at}个字符处的转义不认识", "unknown escape at character {at}"),
    "category": ("第{at}个字符处的字符类别不认识", "unknown category or block at character {at}"),
    "back-reference": (
        "第{at}个字符处引用的括号不存在或还没有结束",
        "a reference to a group that is not there or not closed yet, at character {at}",
    ),
    "flag": ("选项只能是s、m、i、x、q", "flags are s, m, i, x and q"),
    "replacement": (
        "替换文字里的$后面要有数字，\\后面要有$或\\",
        "in a replacement, $ takes a number and \\ takes $ or \\",
    ),
    "matches-empty": (
        "这个表达式连空文字都符合，不能用来替换或拆分",
        "it matches nothing at all, so cannot split or replace",
    ),
    "too-large": ("表达式太长、太深，或重复次数太多", "too long, too deep, or repeated too often"),
    "too-costly": ("计算太久，已经停下", "stopped: it takes too long"),
}


class PatternError(ValueError):
    """`at`: the character of the pattern, or of the replacement, from 1; `zh`, `en`: for its author."""

    def __init__(self, code: str, at: int = 0) -> None:
        self.code, self.at = code, at + 1
        self.zh, self.en = (words.format(at=self.at) for words in WORDS[code])
        super().__init__(f"{self.zh} {self.en}")


class PatternTooLarge(PatternError):
    def __init__(self, at: int = 0) -> None:
        super().__init__("too-large", at)


class PatternTooCostly(PatternError):
    def __init__(self) -> None:
        super().__init__("too-costly")
