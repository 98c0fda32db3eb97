"""Letters and syllables: how Chinese words sound, how typed pinyin is read, and what lies one slip away. Pure.

A reading is a tuple of syllables without tones. Everything is lower case and without blanks, ü as u (`letters`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

from . import names
from .characters import simplified

HAN = re.compile(r"[㐀-鿿〇\U00020000-\U000323af]")

_SYLLABLES = frozenset(
    """
    a ai an ang ao ba bai ban bang bao bei ben beng bi bian biao bie bin bing bo bu ca cai can cang cao ce cen
    ceng cha chai chan chang chao che chen cheng chi chong chou chu chua chuai chuan chuang chui chun chuo ci
    cong cou cu cuan cui cun cuo da dai dan dang dao de dei den deng di dia dian diao die ding diu dong dou du
    duan dui dun duo e ei en eng er fa fan fang fei fen feng fiao fo fou fu ga gai gan gang gao ge gei gen geng
    gong gou gu gua guai guan guang gui gun guo ha hai han hang hao he hei hen heng hong hou hu hua huai huan
    huang hui hun huo ji jia jian jiang jiao jie jin jing jiong jiu ju juan jue jun ka kai kan kang kao ke kei
    ken keng kong kou ku kua kuai kuan kuang kui kun kuo la lai lan lang lao le lei len leng li lia lian liang
    liao lie lin ling liu lo long lou lu luan lue lun luo ma mai man mang mao me mei men meng mi mian miao mie
    min ming miu mo mou mu na nai nan nang nao ne nei nen neng ni nian niang niao nie nin ning niu nong nou nu
    nuan nue nun nuo o ou pa pai pan pang pao pei pen peng pi pian piao pie pin ping po pou pu qi qia qian qiang
    qiao qie qin qing qiong qiu qu quan que qun ran rang rao re ren reng ri rong rou ru rua ruan rui run ruo sa
    sai san sang sao se sen seng sha shai shan shang shao she shei shen sheng shi shou shu shua shuai shuan
    shuang shui shun shuo si song sou su suan sui sun suo ta tai tan tang tao te tei teng ti tian tiao tie ting
    tong tou tu tuan tui tun tuo wa wai wan wang wei wen weng wo wu xi xia xian xiang xiao xie xin xing xiong
    xiu xu xuan xue xun ya yan yang yao ye yi yin ying yo yong you yu yuan yue yun za zai zan zang zao ze zei
    zen zeng zha zhai zhan zhang zhao zhe zhei zhen zheng zhi zhong zhou zhu zhua zhuai zhuan zhuang zhui zhun
    zhuo zi zong zou zu zuan zui zun zuo
    """.split()  # noqa: SIM905 – four hundred lines otherwise
)
_LONGEST = 6
_MOST_READINGS = 4
_MOST_DIVISIONS = 6


def has_han(text: str) -> bool:
    """Whether a Chinese character stands in it."""
    return HAN.search(text) is not None


def letters(text: str) -> str:
    """Latin text as it is compared: lower case, letters and digits only, accents and tones dropped, ü (v, yu) as u,
    which is how half of those who type pinyin write it."""
    if text.isascii() and text.isalpha():
        return _one_u(text.lower())
    plain = "".join(
        each
        for each in unicodedata.normalize("NFD", text.lower())
        if not unicodedata.combining(each) and each.isalnum()
    )
    return _one_u(plain)


def _one_u(plain: str) -> str:
    if "v" not in plain and "yu" not in plain:
        return plain
    return plain.replace("lyu", "lu").replace("nyu", "nu").replace("v", "u")


@lru_cache(maxsize=8192)
def sounds(character: str) -> tuple[str, ...]:
    """The readings of one character, commonest first; the character itself when it has none."""
    from pypinyin import Style, pinyin  # a large table: read when the first name asks for it

    if not has_han(character):
        return (character.lower(),)
    found = pinyin(character, style=Style.NORMAL, heteronym=True)[0]
    return tuple(dict.fromkeys(one for each in found if (one := letters(each)) in _SYLLABLES)) or (character,)


@lru_cache(maxsize=16384)
def reading(text: str) -> tuple[str, ...]:
    """The likeliest reading of words, as words (佛山 fo shan, not fu shan); of a person's name see `name_readings`.

    Other characters stand for themselves.
    """
    from pypinyin import lazy_pinyin  # a large table: read when the first word asks for it

    found: list[str] = []
    for run in re.findall(rf"{HAN.pattern}+|.", simplified(text)):
        said = lazy_pinyin(run) if has_han(run) else [run.lower()]
        found += map(letters, said) if len(said) == len(run) else (sounds(each)[0] for each in run)
    return tuple(found)


@lru_cache(maxsize=65536)
def name_readings(name: str) -> tuple[tuple[str, ...], ...]:
    """The readings of a person's name, likeliest first, at most four: the surname in its own reading, then others of one
    character each."""
    first = tuple(letters(each) for each in names.pinyin(name))
    plain = [each for each in simplified(name) if has_han(each)]
    if len(plain) != len(first):
        return (first,)
    found = [first]
    for place, each in enumerate(plain):
        for other in sounds(each)[:2]:
            said = (*first[:place], other, *first[place + 1 :])
            if said not in found and len(found) < _MOST_READINGS:
                found.append(said)
    return tuple(found)


def joined(syllables: Iterable[str]) -> str:
    """A reading run together, as `letters`."""
    return letters("".join(syllables))


def initials(syllables: Iterable[str]) -> str:
    """First letters of a reading."""
    return "".join(each[0] for each in syllables if each)


@lru_cache(maxsize=4096)
def divisions(typed: str) -> tuple[tuple[str, ...], ...]:
    """How typed letters can be divided into syllables, fewest first; none when they cannot."""
    ends: dict[int, list[tuple[str, ...]]] = {len(typed): [()]}
    # From the end, so that each rest is divided once; of each only the few shortest ways are kept.
    for start in range(len(typed) - 1, -1, -1):
        ways = [
            (typed[start:end], *rest)
            for end in range(start + 1, min(start + _LONGEST, len(typed)) + 1)
            if typed[start:end] in _SYLLABLES
            for rest in ends.get(end, ())
        ]
        if ways:
            ends[start] = sorted(ways, key=len)[:_MOST_DIVISIONS]
    return tuple(ends.get(0, ()))


@lru_cache(maxsize=4096)
def broken_divisions(typed: str) -> tuple[tuple[str, ...], ...]:
    """How letters of which one syllable is spoilt can be divided: the spoilt one stands as it was typed."""
    found = []
    for start in range(len(typed)):
        head = divisions(typed[:start])
        if start and not head:
            continue
        for end in range(len(typed), start, -1):
            if end - start > _LONGEST:
                continue
            tail = divisions(typed[end:])
            if end < len(typed) and not tail:
                continue
            found.append((*(head[0] if head else ()), typed[start:end], *(tail[0] if tail else ())))
    return tuple(sorted(dict.fromkeys(found), key=len)[:_MOST_DIVISIONS])


def turned(parts: Sequence[str]) -> list[str]:
    """Parts of a name in the other orders in which it is written: family name last, of one part or of two."""
    found = []
    for at in (1, 2, len(parts) - 1, len(parts) - 2):
        if 0 < at < len(parts):
            found.append("".join((*parts[at:], *parts[:at])))
    return list(dict.fromkeys(found))


def one_less(text: str) -> list[str]:
    """The text with one character left out, each way."""
    return list(dict.fromkeys(text[:place] + text[place + 1 :] for place in range(len(text))))


def pairs(items: Sequence[str], join: str = "") -> list[str]:
    """Neighbours, two by two."""
    return list(dict.fromkeys(left + join + right for left, right in pairwise(items)))


def slips(left: str, right: str, most: int) -> int:
    """How many slips (left out, put in, exchanged, swapped with its neighbour) lie between two texts; most + 1 for more.

    Source: optimal string alignment, Damerau 1964.
    """
    if abs(len(left) - len(right)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, one in enumerate(left, start=1):
        older, before, row = before, row, [i]
        for j, other in enumerate(right, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (one != other))
            if i > 1 and j > 1 and one == right[j - 2] and left[i - 2] == other:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)


def within(part: str, whole: str, most: int) -> int:
    """Fewest slips between `part` and any stretch of `whole`; most + 1 for more."""
    before: list[int] = []
    row = [0] * (len(whole) + 1)
    for i, one in enumerate(part, start=1):
        older, before, row = before, row, [i]
        for j, other in enumerate(whole, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (one != other))
            if i > 1 and j > 1 and one == whole[j - 2] and part[i - 2] == other:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return min(min(row), most + 1)
