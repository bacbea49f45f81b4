"""How each field is written before it is hashed, as expressions in SQL.

Regular expressions are RE2's. Every form gives NULL for what it cannot use. A value that is a
SHA-256 already is set apart before, so that nothing is hashed twice. The names that expressions use
beside their value (iso, number, code, …) are columns that `prepared` provides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lookalike.export.places import codes_before_zero

Write = Callable[[str], str]

HASH = "[0-9A-Fa-f]{64}"
BLANK = r"[\s\p{Z}\x{200B}\x{FEFF}]"
NO_LETTER = r"[^\p{L}\p{M}]"
NO_LETTER_OR_SPACE = r"[^\p{L}\p{M}\p{N} ]"
BETWEEN_DIGITS = r"[\s\p{Z}().\-/\x{2010}-\x{2015}]"
AROUND_NUMBERS = "^[Tt][Ee][Ll]:|[.]0$"  # a number that a spreadsheet took for an amount ends in .0
PART = r'[^@\s,;:<>"()\[\]\\]+'
ADDRESS = rf"{PART}@{PART}\.[^@\s.,;:<>\"()\[\]\\]{{2,}}"
OF_GMAIL = r"@(gmail|googlemail)\.com$"
OPENS_FORMULA = r"^[=+\-@\t\r]"


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write a field.

    Attributes:
        sql: From the expression of a value to that of its normal form, NULL where it has none.
        about: What it does, for people.
        fine: To what equals the normal form unless the value was repaired; None where it never is.
        in_usa: To the normal form of what belongs to the United States, where that is another.
    """

    sql: Write
    about: str
    fine: Write | None = None
    in_usa: Write | None = None


def matched(value: str, pattern: str) -> str:
    """Return SQL for a value that matches as a whole, NULL otherwise."""
    return f"CASE WHEN regexp_full_match({value}, '{pattern}') THEN {value} END"


def clean(value: str) -> str:
    """Return SQL for a value without spaces around it, its letters composed; NULL if none are left."""
    return f"nullif(nfc_normalize({_without(value, f'^{BLANK}+|{BLANK}+$')}), '')"


def is_hash(value: str) -> str:
    """Return SQL for whether a value is a SHA-256 already."""
    return f"regexp_full_match({value}, '{HASH}')"


def number(value: str) -> str:
    """Return SQL for the digits of a phone number and the plus before them, NULL for no number."""
    return matched(_without(_without(value, AROUND_NUMBERS), BETWEEN_DIGITS), "[+]?[0-9]+")


def neutral(value: str) -> str:
    """Return SQL for free text that no spreadsheet runs: what would be a formula gets an apostrophe."""
    formula = f"regexp_matches({value}, '{OPENS_FORMULA}')"
    return f"CASE WHEN {formula} THEN chr(39) || {value} ELSE {value} END"


def _without(value: str, pattern: str) -> str:
    return f"regexp_replace({value}, '{pattern}', '', 'g')"


def _spaced(value: str) -> str:
    return f"nullif(trim(regexp_replace({value}, '{BLANK}+', ' ', 'g')), '')"


def _letters(value: str) -> str:
    return f"nullif({_without(f'lower({value})', NO_LETTER)}, '')"


def key(value: str) -> str:
    """As the tables of places write a name: no accents, spaces or punctuation."""
    return _without(f"strip_accents(lower({value}))", "[^a-z]")


def _email(value: str) -> str:
    return matched(f"lower({value})", ADDRESS)


def _email_google(value: str) -> str:
    dense = _without(f"lower({value})", BLANK)
    local, domain = (f"split_part({dense}, '@', {part})" for part in (1, 2))
    gmail = f"replace(regexp_replace({local}, '[+].*$', ''), '.', '') || '@' || {domain}"
    return (
        f"CASE WHEN regexp_matches({dense}, '{OF_GMAIL}') THEN {matched(gmail, ADDRESS)} "
        f"ELSE {matched(dense, ADDRESS)} END"
    )


def _email_tiktok(value: str) -> str:
    dense = _without(f"lower({value})", BLANK)
    return matched(f"regexp_replace({dense}, '[+][^@]*@', '@')", ADDRESS)


def _name_letters(value: str) -> str:
    return _spaced(_without(_spaced(f"lower({value})"), NO_LETTER_OR_SPACE))


def _zip_usual(value: str) -> str:
    return matched(_spaced(f"upper({value})"), "[A-Z0-9][A-Z0-9 -]{1,11}")


def _zip_american(value: str) -> str:
    return f"left({matched(value, '[0-9]{5}(-?[0-9]{4})?')}, 5)"


def _madid(value: str) -> str:
    bare = _without(f"lower({value})", "-")
    # Apple gives zeros to those who declined
    known = f"regexp_full_match({bare}, '[0-9a-f]{{32}}') AND {bare} <> repeat('0', 32)"
    parts = "^(.{8})(.{4})(.{4})(.{4})(.{12})$"
    return f"CASE WHEN {known} THEN regexp_replace({bare}, '{parts}', '\\1-\\2-\\3-\\4-\\5') END"


def _upper(value: str) -> str:
    return f"upper({value})"


def _lower(value: str) -> str:
    return f"lower({value})"


DIALLED = "ltrim(number, '+')"
FORMS: Mapping[str, Form] = {
    "email": Form(_email, "lower case, no spaces around it", _lower),
    "email_google": Form(
        _email_google,
        "lower case, no spaces; at gmail.com and googlemail.com without dots and what follows a plus",
        _lower,
    ),
    "email_tiktok": Form(_email_tiktok, "lower case, no spaces, without what follows a plus", _lower),
    "phone_digits": Form(
        lambda _: "international", "country code and number, digits only", lambda _: DIALLED
    ),
    "phone_e164": Form(
        lambda _: "'+' || international",
        "E.164: plus, country code and number",
        lambda _: f"'+' || {DIALLED}",
    ),
    "name_letters": Form(_name_letters, "lower case, without punctuation"),
    "name_lower": Form(lambda value: _spaced(f"lower({value})"), "lower case, single spaces"),
    "name_plain": Form(_spaced, "as it is, single spaces"),
    "city_letters": Form(_letters, "lower case, letters only"),
    "state_letters": Form(
        _letters,
        "in the USA the two-letter code, elsewhere lower case, letters only",
        _letters,
        lambda _: "states.code",
    ),
    "country_lower": Form(lambda _: "iso", "ISO two letters, lower case", _lower),
    "country_upper": Form(lambda _: "upper(iso)", "ISO two letters, upper case", _upper),
    "zip": Form(
        _zip_usual,
        "in the USA the first five digits, elsewhere upper case",
        lambda value: _spaced(f"upper({value})"),
        _zip_american,
    ),
    "madid": Form(_madid, "lower case, with dashes"),
}

# a number is taken for national or international only where nothing else can be meant: a plus or
# the country's own prefix for calls abroad; what is dialled before national numbers; or a length
# that only one of the two has
CANDIDATE = """CASE
    WHEN starts_with(number, '+') THEN substr(number, 2)
    WHEN home IS NULL AND starts_with(number, '00') THEN substr(number, 3)
    WHEN abroad <> '' AND starts_with(number, abroad) THEN substr(number, length(abroad) + 1)
    WHEN starts_with(number, '00') THEN NULL
    WHEN trunk <> '' AND starts_with(number, trunk)
        AND length(number) - length(trunk) BETWEEN least AND most
        THEN code || substr(number, length(trunk) + 1)
    WHEN least = most AND length(number) = least AND NOT (trunk <> '' AND starts_with(number, trunk))
        THEN code || number
    WHEN starts_with(number, code) AND length(number) > most
        AND length(number) - length(code) BETWEEN least AND most
        THEN number
    WHEN least < most AND trunk = '' AND NOT starts_with(number, code)
        AND length(number) BETWEEN least AND most
        THEN code || number
    END"""
_HOME, _NEVER = ("|".join(codes) for codes in codes_before_zero())
_BARE = f"regexp_replace(candidate, '^({_HOME})0', '\\1')"
# at most 15 digits (E.164); numbers of North America have eleven, and no 0 or 1 after either prefix
_NUMBER = "1[2-9][0-9]{2}[2-9][0-9]{6}|[2-9][0-9]{7,14}"
INTERNATIONAL = (
    f"CASE WHEN NOT regexp_matches(candidate, '^({_NEVER})0') THEN {matched(_BARE, _NUMBER)} END"
)
