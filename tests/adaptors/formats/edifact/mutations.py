"""Faults to plant in a good interchange, each by what it does to its segments."""

from __future__ import annotations

from collections.abc import Callable

Segments = list[str]
"""As they are written, without their terminators."""


def segments_of(content: bytes) -> Segments:
    """Of a file with a segment on each line."""
    return content.decode("latin-1").replace("'\n", "\n").splitlines()


def content_of(segments: Segments) -> bytes:
    return "".join(f"{one}'\n" for one in segments).encode("latin-1")


def _put(tag: str, new: str) -> Callable[[Segments], Segments]:
    """The first segment that begins so becomes another."""

    def change(segments: Segments) -> Segments:
        place = _first(segments, tag)
        return _counted([*segments[:place], *([new] if new else []), *segments[place + 1 :]])

    return change


def _swap(one: str, other: str) -> Callable[[Segments], Segments]:
    def change(segments: Segments) -> Segments:
        changed, first, second = list(segments), _first(segments, one), _first(segments, other)
        changed[first], changed[second] = segments[second], segments[first]
        return changed

    return change


def _repeat(tag: str, times: int) -> Callable[[Segments], Segments]:
    def change(segments: Segments) -> Segments:
        place = _first(segments, tag)
        return _counted(segments[:place] + [segments[place]] * times + segments[place + 1 :])

    return change


def _first(segments: Segments, tag: str) -> int:
    return next(place for place, one in enumerate(segments) if one.startswith(tag))


def _counted(segments: Segments) -> Segments:
    """With UNT made right, so that the planted fault is the only one."""
    begin = _first(segments, "UNH")
    return [
        f"UNT+{place - begin + 1}+{one.split('+')[2]}" if one.startswith("UNT+") else one
        for place, one in enumerate(segments)
    ]


def _as_it_is(tag: str, new: str) -> Callable[[Segments], Segments]:
    def change(segments: Segments) -> Segments:
        place = _first(segments, tag)
        return [*segments[:place], new, *segments[place + 1 :]]

    return change


MUTATIONS: dict[str, Callable[[Segments], Segments]] = {
    "count of UNT": _as_it_is("UNT", "UNT+12+1"),
    "reference of UNT": _as_it_is("UNT", "UNT+56+2"),
    "count of UNZ": lambda segments: [*segments[:-1], segments[-1].replace("UNZ+1", "UNZ+2")],
    "reference of UNZ": lambda segments: [*segments[:-1], "UNZ+1+ANOTHER"],
    "no UNZ": lambda segments: segments[:-1],
    "no DTM": _put("DTM+137", ""),
    "no UNS": _put("UNS", ""),
    "no BGM": _put("BGM", ""),
    "segments in another order": _swap("BGM", "DTM+137"),
    "groups in another order": _swap("CUX", "NAD+BY"),
    "PRI before MOA": _swap("PRI", "MOA+203"),
    "unknown segment": _put("PAI", "XYZ+1"),
    "segment of another message": _put("PAI", "PYT+1"),
    "name of 36 characters": _put("NAD+BY", f"NAD+BY+5790000000029::9++{'N' * 36}"),
    "amount of 19 digits": _put("MOA+79", f"MOA+79:{'1' * 19}"),
    "letter in a number": _put("QTY", "QTY+47:2X"),
    "decimal comma": _put("PRI", "PRI+AAA:500,00,1"),
    "code that is none": _put("MOA+79", "MOA+999:1000.00"),
    "reverse charge as a category": _put("TAX", "TAX+7+VAT+++:::0+AE"),
    "item type of a later directory": _put("LIN", "LIN+1++5790000000012:SRV"),
    "elements too many": _put("BGM", "BGM+380+10482+9++1"),
    "components too many": _put("DTM+137", "DTM+137:20260315:102:1"),
    "mandatory element empty": _put("DTM+137", "DTM"),
    "mandatory component empty": _put("MOA+79", "MOA+:1000.00"),
    "too many FTX": _repeat("FTX", 11),
    "too many IMD": _repeat("IMD", 11),
    "day that is none": _put("DTM+137", "DTM+137:20260231:102"),
    "period of one day": _put("DTM+137", "DTM+137:20260231:718"),
    "date of UNB in eight digits": _as_it_is(
        "UNB", "UNB+UNOC:3+5790000000012:14+5790000000029:14+20260315:0000+104820D3AD86A++INVOIC"
    ),
    "GLN with another check digit": _put("NAD+BY", "NAD+BY+5790000000028::9"),
    "apostrophe without release character": _put("FTX", "FTX+AAB+++Netto 30 dage's"),
    "plus without release character": _put("COM", "COM++45 75 12 34 56:TE"),
    "number of lines": _put("CNT", "CNT+2:7"),
    "another character set": lambda segments: [one.replace("UNOC", "UNOA") for one in segments],
    "unknown character set": lambda segments: [one.replace("UNOC", "UNOX") for one in segments],
    "message of another directory": _put("UNH", "UNH+1+INVOIC:D:01B:UN:EAN010"),
    "end cut off": lambda segments: [*segments[:-1], "UNZ+1"],
}
