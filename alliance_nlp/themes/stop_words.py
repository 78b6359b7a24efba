"""Make lists of words that say nothing about a subject, and of those that may stand in a phrase."""

from collections.abc import Callable
from functools import lru_cache
from importlib import import_module

# Words of talking rather than of its subject, which lists made from writing lack.
_SPOKEN = {
    "en": "actually ah alright alrighty aw aye basically bit bye-bye bye cause cos eh er erm "
    "exactly feel get gets getting go goes going gonna got gotcha gotta guess guy guys "
    "hello hey hi hm hmm huh hum kind kinda know let like literally look lot lots mean mh "
    "mhm mm mmh mmm nah nope obviously oh ok okay oops ooh probably really right said say "
    "saying says see sort sorta stuff sure tell thing things think thinking thought uh "
    "uhhuh uhm um wanna want way well went won't wow yap yeah yep yes yup inaudible laugh "
    "laughs laughing laughter pause pauses chuckle chuckles chuckling crosstalk sigh "
    "sighs unintelligible maybe etc anyway alot ago came come comes coming gave given "
    "gives giving having honestly knew knowing known knows makes making overall pretty "
    "puts putting saw seen seemed seems sorry taken takes taking took tried tries try "
    "trying used wanted wanting wants",
    "sv": "absolut ah aha asså ba bara bli blev dom då där eh ehm faktiskt fast fattar får "
    "ganska ge grej grejen grejer gör ha halvt hej hmm i ihop iväg ja jaa jaha javisst jo "
    "ju just kanske kände känner känns känna klart liksom lär man mej mm mycket nja nog "
    "nä nån nånting nånstans nåt nåra oj ok okej precis sa sade sak saken saker sen ser "
    "sett sitta sitter satt skulle slags sorts stå står stod såg så sån såna sånt säg "
    "sätt ta tar tog tagit tänka tänker tänkte tänkt tro tror trodde tycka tycker tyckte "
    "tyckt typ vart vet visste visst väl va ville veta å ändå är åh öh även egentligen "
    "hel hela såhär sådan sådana sådant själv ohörbart paus skratt skrattar suckar hört "
    "hör höra någonstans alls bort annars behöver började börja börjar brukade brukar ena "
    "enda ens gång gången gånger vissa dessa denna denne hos medan samt både antingen "
    "trots varje vars varandra själva genom ifall dessutom nämligen längs via per ca "
    "ungefär fortfarande bättre vore varför varsin åt nånsin någonsin istället måste "
    "borde brukat all",
    "zh": "那个 这个 就是 就是说 然后 的话 其实 反正 觉得 感觉 知道 可能 应该 什么 怎么 这样 "
    "那样 这种 那种 一个 一下 一些 有点 有些 时候 东西 事情 没有 不是 还是 比如 比如说 "
    "所以 因为 但是 现在 真的 特别 他们 我们 你们 自己 对吧 是吧 不会 不能 不要 出来 "
    "起来 过来 过去 下来 上来 回来 回去 进去 出去 一点 一直 一样 之后 以后 后来 里面 "
    "两个 几个 说话 咱们 人家 大家 有个 笑声 说 想 做 挺 太 真 得 话 事 点 没 句 "
    "次 天 年 月 号 两 笑 回 带 慢慢 有时候 有时 一次 一句 一天 是不是 怎么样 为什么 "
    "这么 那么 还有 不用 不想 说不定 一般 比较 非常 肯定 当时 刚才 刚刚 问 不行 不到 "
    "不知 没说 没事 没法 不了 不太 好多 我能 看到 听到 想到 看着 告诉 给 走 听 讲 拿 "
    "放 跑 坐 站 写 打 干 嘛 呗 哎呀",
}
# Of written lists, but of our subject: decisions, pace, sides of the body, company.
_SUBJECT = {
    "en": "alone serious together",
    "sv": "beslut beslutat beslutit höger långsam långsammare långsamt tillsammans vänster vänstra",
}  # fmt: skip
# What may stand between the words of a phrase: "quality of life", "brist på tid", "对医生的信任".
_INNER = {
    "en": "a an and as at by for from her his in into my no not of off on or our out over per "
    "than the their to up with without your",
    "sv": "att av de den det efter en ett från för genom hos i in inför inom inte kring med "
    "mellan min mina mitt mot och om på sin sina sitt som till under upp ur ut utan via vid "
    "åt än över",
    "zh": "的 和 与 跟 对 在 得 地 不 没 没有 把 被 到 上 下 中 里 之间 及 或 为",
}
# Typed or transcribed without their apostrophe.
_CONTRACTED = (
    "arent cant couldnt didnt doesnt dont hadnt hasnt havent isnt shouldnt wasnt werent wont "
    "wouldnt im ive youre youve theyre theyve weve thats theres whats hes shes itll youll theyll"
)
# Names of films, firms and measures bring these along.
_FOREIGN = "of the"


@lru_cache(maxsize=64)
def stop_words(language: str) -> frozenset[str]:
    """Return the stop words of a language, those of speech with them, in lower case.

    The lists of writing are spaCy's.  Where a language has none there, or is not known, those of
    three languages are taken together.

    >>> sorted({"liksom", "det", "tillit"} & stop_words("sv"))
    ['det', 'liksom']
    """
    try:
        listed = import_module(f"spacy.lang.{language}.stop_words").STOP_WORDS
    except ImportError:
        return _of_three(stop_words)
    english = (_CONTRACTED if language == "en" else _FOREIGN).split()
    if language == "zh":  # no Chinese word looks like an English one
        english += stop_words("en")
    words = frozenset(listed).union(_SPOKEN.get(language, "").split(), english)
    return words.difference(_SUBJECT.get(language, "").split())


@lru_cache(maxsize=64)
def inner_words(language: str) -> frozenset[str]:
    """Return the stop words that may stand in a phrase, though not begin or end it.

    Of a language without such a list all stop words may.

    >>> "of" in inner_words("en"), "you" in inner_words("en"), "der" in inner_words("de")
    (True, False, True)
    """
    if language in _INNER:
        return frozenset(_INNER[language].split())
    try:
        import_module(f"spacy.lang.{language}.stop_words")
    except ImportError:
        return _of_three(inner_words)
    return stop_words(language)


def _of_three(of_one: Callable[[str], frozenset[str]]) -> frozenset[str]:
    return frozenset[str]().union(*map(of_one, _SPOKEN))
