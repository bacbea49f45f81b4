"""Countries by name and code, how their telephone numbers are dialled, and the states of the USA.

Only what stands in these tables is taken for certain; everything else is left as it is, or empty.
"""

from __future__ import annotations

import pyarrow as pa

# ISO 3166-1, the two-letter codes
_SECOND = {  # by their first letter
    "a": "defgilmoqrstuwxz",
    "b": "abdefghijlmnoqrstvwyz",
    "c": "acdfghiklmnoruvwxyz",
    "d": "ejkmoz",
    "e": "ceghrst",
    "f": "ijkmor",
    "g": "abdefghilmnpqrstuwy",
    "h": "kmnrtu",
    "i": "delmnoqrst",
    "j": "emop",
    "k": "eghimnprwyz",
    "l": "abcikrstuvy",
    "m": "acdefghklmnopqrstuvwxyz",
    "n": "acefgilopruz",
    "o": "m",
    "p": "aefghklmnrstwy",
    "q": "a",
    "r": "eosuw",
    "s": "abcdeghijklmnorstvxyz",
    "t": "cdfghjklmnortvwz",
    "u": "agmsyz",
    "v": "aceginu",
    "w": "fs",
    "y": "et",
    "z": "amw",
}
ISO = frozenset(first + second for first, seconds in _SECOND.items() for second in seconds)

# three-letter codes and names, in English and as people at home write them, without accents and spaces
NAMES = {
    "ae": "are uae unitedarabemirates",
    "at": "aut austria osterreich oesterreich",
    "au": "aus australia",
    "be": "bel belgium belgie belgique belgien",
    "bg": "bgr bulgaria",
    "br": "bra brazil brasil",
    "ca": "can canada",
    "ch": "che switzerland schweiz suisse svizzera",
    "cl": "chl chile",
    "cn": "chn china",
    "cz": "cze czechia czechrepublic cesko",
    "de": "deu germany deutschland allemagne",
    "dk": "dnk denmark danmark",
    "ee": "est estonia eesti",
    "es": "esp spain espana",
    "fi": "fin finland suomi",
    "fr": "fra france",
    "gb": "gbr uk unitedkingdom greatbritain britain england scotland wales northernireland",
    "gr": "grc greece hellas",
    "hk": "hkg hongkong",
    "hr": "hrv croatia hrvatska",
    "hu": "hun hungary magyarorszag",
    "id": "idn indonesia",
    "ie": "irl ireland eire",
    "il": "isr israel",
    "in": "ind india bharat",
    "is": "isl iceland island",
    "it": "ita italy italia",
    "jp": "jpn japan",
    "ke": "ken kenya",
    "kr": "kor southkorea republicofkorea",
    "lt": "ltu lithuania lietuva",
    "lu": "lux luxembourg luxemburg",
    "lv": "lva latvia latvija",
    "ma": "mar morocco maroc",
    "mx": "mex mexico",
    "my": "mys malaysia",
    "ng": "nga nigeria",
    "nl": "nld netherlands thenetherlands nederland holland",
    "no": "nor norway norge",
    "nz": "nzl newzealand",
    "ph": "phl philippines thephilippines",
    "pk": "pak pakistan",
    "pl": "pol poland polska",
    "pt": "prt portugal",
    "ro": "rou romania",
    "ru": "rus russia russianfederation",
    "sa": "sau saudiarabia",
    "se": "swe sweden sverige",
    "sg": "sgp singapore",
    "si": "svn slovenia slovenija",
    "sk": "svk slovakia slovensko",
    "th": "tha thailand",
    "tr": "tur turkey turkiye",
    "ua": "ukr ukraine",
    "us": "usa unitedstates unitedstatesofamerica america",
    "vn": "vnm vietnam",
    "za": "zaf southafrica",
}

# calling code, what is dialled before a national number, shortest and longest national number
# without that, and what is dialled before a calling code ("" where it depends on the carrier); from
# the national numbering plans that the ITU publishes (E.164, operational bulletins)
CALLING = {
    "ae": ("971", "0", 8, 9, "00"),
    "at": ("43", "0", 7, 12, "00"),
    "au": ("61", "0", 9, 9, "0011"),
    "be": ("32", "0", 8, 9, "00"),
    "bg": ("359", "0", 7, 9, "00"),
    "br": ("55", "", 10, 11, ""),  # 0 is dialled with the code of a carrier
    "ca": ("1", "1", 10, 10, "011"),
    "ch": ("41", "0", 9, 9, "00"),
    "cl": ("56", "", 9, 9, ""),
    "cz": ("420", "", 9, 9, "00"),
    "de": ("49", "0", 6, 11, "00"),
    "dk": ("45", "", 8, 8, "00"),
    "ee": ("372", "", 7, 8, "00"),
    "es": ("34", "", 9, 9, "00"),
    "fi": ("358", "0", 6, 10, "00"),
    "fr": ("33", "0", 9, 9, "00"),
    "gb": ("44", "0", 9, 10, "00"),
    "gr": ("30", "", 10, 10, "00"),
    "hk": ("852", "", 8, 8, ""),
    "hr": ("385", "0", 8, 9, "00"),
    "hu": ("36", "06", 8, 9, "00"),
    "id": ("62", "0", 8, 12, ""),
    "ie": ("353", "0", 7, 9, "00"),
    "il": ("972", "0", 8, 9, ""),
    "in": ("91", "0", 10, 10, "00"),
    "is": ("354", "", 7, 7, "00"),
    "it": ("39", "", 6, 11, "00"),
    "jp": ("81", "0", 9, 10, "010"),
    "ke": ("254", "0", 9, 9, "000"),
    "kr": ("82", "0", 8, 10, ""),
    "lv": ("371", "", 8, 8, "00"),
    "ma": ("212", "0", 9, 9, "00"),
    "mx": ("52", "", 10, 10, "00"),
    "my": ("60", "0", 8, 10, "00"),
    "ng": ("234", "0", 10, 10, "009"),
    "nl": ("31", "0", 9, 9, "00"),
    "no": ("47", "", 8, 8, "00"),
    "nz": ("64", "0", 8, 10, "00"),
    "ph": ("63", "0", 8, 10, "00"),
    "pk": ("92", "0", 9, 10, "00"),
    "pl": ("48", "", 9, 9, "00"),
    "pt": ("351", "", 9, 9, "00"),
    "ro": ("40", "0", 9, 9, "00"),
    "ru": ("7", "8", 10, 10, "810"),
    "sa": ("966", "0", 9, 9, "00"),
    "se": ("46", "0", 7, 9, "00"),
    "sg": ("65", "", 8, 8, ""),
    "si": ("386", "0", 8, 8, "00"),
    "sk": ("421", "0", 9, 9, "00"),
    "th": ("66", "0", 8, 9, ""),
    "tr": ("90", "0", 10, 10, "00"),
    "ua": ("380", "0", 9, 9, "00"),
    "us": ("1", "1", 10, 10, "011"),
    "vn": ("84", "0", 9, 10, "00"),
    "za": ("27", "0", 9, 9, "00"),
}

# ANSI codes
STATES = {
    "alabama": "al", "alaska": "ak", "arizona": "az", "arkansas": "ar", "california": "ca",
    "colorado": "co", "connecticut": "ct", "delaware": "de", "districtofcolumbia": "dc",
    "florida": "fl", "georgia": "ga", "hawaii": "hi", "idaho": "id", "illinois": "il",
    "indiana": "in", "iowa": "ia", "kansas": "ks", "kentucky": "ky", "louisiana": "la",
    "maine": "me", "maryland": "md", "massachusetts": "ma", "michigan": "mi", "minnesota": "mn",
    "mississippi": "ms", "missouri": "mo", "montana": "mt", "nebraska": "ne", "nevada": "nv",
    "newhampshire": "nh", "newjersey": "nj", "newmexico": "nm", "newyork": "ny",
    "northcarolina": "nc", "northdakota": "nd", "ohio": "oh", "oklahoma": "ok", "oregon": "or",
    "pennsylvania": "pa", "rhodeisland": "ri", "southcarolina": "sc", "southdakota": "sd",
    "tennessee": "tn", "texas": "tx", "utah": "ut", "vermont": "vt", "virginia": "va",
    "washington": "wa", "westvirginia": "wv", "wisconsin": "wi", "wyoming": "wy",
}  # fmt: skip


def country_table() -> pa.Table:
    """Return what is known of countries: columns name (a key), iso, code, trunk, least, most, abroad."""
    known = {code: code for code in ISO}
    known |= {name: iso for iso, names in NAMES.items() for name in names.split()}
    dialled = [CALLING.get(iso, (None,) * 5) for iso in known.values()]
    columns = zip(*dialled, strict=True)
    named = dict(zip(("code", "trunk", "least", "most", "abroad"), columns, strict=True))
    return pa.table({"name": list(known), "iso": list(known.values()), **named})


def state_table() -> pa.Table:
    """Return the states of the USA: columns name (a key: their name or code) and code."""
    known = STATES | {code: code for code in STATES.values()}
    return pa.table({"name": list(known), "code": list(known.values())})


def codes_before_zero() -> tuple[list[str], list[str]]:
    """Return calling codes after which a zero is only dialled at home (+49 (0)30), and never stands.

    In Italy it belongs to the number.
    """
    home = {code for code, trunk, *_ in CALLING.values() if trunk == "0"}
    never = {code for code, *_ in CALLING.values()} - home - {"39"}
    return sorted(home), sorted(never)
