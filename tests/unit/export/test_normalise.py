"""Each form of each field, in cases whose right answer is plain."""

from __future__ import annotations

import duckdb
import pytest

from lookalike.export.normalise import FORMS, neutral
from lookalike.export.places import CALLING, NAMES, country_table, state_table
from lookalike.export.prepared import preparing
from lookalike.export.templates import TEMPLATES

from .people import members


@pytest.fixture(scope="module")
def normal():
    """Return the normal forms of one field of many users."""
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.register("countries", country_table())
        connection.register("states", state_table())

        def found(field, form, values, country=None):
            cells = [(place, str(place), value, country) for place, value in enumerate(values)]
            connection.execute(
                "CREATE OR REPLACE TEMP TABLE users "
                f"(row INTEGER, user_id VARCHAR, {field}_x VARCHAR, home_x VARCHAR)"
            )
            connection.executemany("INSERT INTO users VALUES (?, ?, ?, ?)", cells)
            connection.register("members", members(range(len(values))))
            held = {field: f"{field}_x"} | ({} if field == "country" else {"country": "home_x"})
            sql = preparing(held, {field: form}, [(field,)], {field})
            rows = connection.execute(f"SELECT normal_{field} FROM ({sql}) ORDER BY rank").fetchall()
            return [value for (value,) in rows]

        yield found


CASES = [
    ("email", "email", " Ann.B+c@Example.COM\t", "ann.b+c@example.com"),
    ("email", "email", "a b@example.com", None),
    ("email", "email", "mailto:a@example.com", None),
    ("email", "email", "a@b", None),
    ("email", "email", "<a@example.com>", None),
    ("email", "email_google", "Cloudy.San+shopping@Googlemail.com", "cloudysan@googlemail.com"),
    ("email", "email_google", "user.name+NYC@Example.com", "user.name+nyc@example.com"),
    ("email", "email_google", "a b@example.com", "ab@example.com"),
    ("email", "email_google", "+@gmail.com", None),
    ("email", "email_tiktok", "user.name+NYC@Example.com", "user.name@example.com"),
    ("madid", "madid", "AECE52E703EE455AB3C4E57283966239", "aece52e7-03ee-455a-b3c4-e57283966239"),
    ("madid", "madid", "00000000-0000-0000-0000-000000000000", None),
    ("madid", "madid", "aece52e7-03ee-455a-b3c4", None),
    ("first_name", "name_letters", " Anne-Marie  O'Neil ", "annemarie oneil"),
    ("first_name", "name_letters", "李", "李"),
    ("first_name", "name_letters", "u\u0308", "ü"),
    ("first_name", "name_letters", "?!", None),
    ("first_name", "name_lower", "O'Neil\u00a0 Jr.", "o'neil jr."),
    ("first_name", "name_plain", "Ann\r\nLee", "Ann Lee"),
    ("city", "city_letters", "St. Gallen 9", "stgallen"),
    ("state", "state_letters", "Île-de-France", "îledefrance"),
    ("country", "country_lower", "Deutschland", "de"),
    ("country", "country_lower", "U.S.A.", "us"),
    ("country", "country_lower", "Österreich", "at"),
    ("country", "country_upper", "uk", "GB"),
    ("country", "country_lower", "zz", None),
    ("country", "country_lower", "Europe", None),
    ("zip", "zip", " 01067", "01067"),
    ("zip", "zip", "wc2h  8lg", "WC2H 8LG"),
    ("zip", "zip", "=1+1", None),
]


@pytest.mark.parametrize(("field", "form"), dict.fromkeys(case[:2] for case in CASES))
def test_a_value_becomes_its_normal_form(normal, field, form):
    expected = {case[2]: case[3] for case in CASES if case[:2] == (field, form)}
    country = None if field == "country" else "fr"
    assert dict(zip(expected, normal(field, form, list(expected), country), strict=True)) == expected


def test_the_usa_have_their_own_states_and_zip_codes(normal):
    assert normal("state", "state_letters", ["New York", "ca", "Bavaria"], "us") == ["ny", "ca", None]
    zips = ["94107-1234", "941071234", "94107", "2139", "SW1A 1AA"]
    assert normal("zip", "zip", zips, "us") == ["94107", "94107", "94107", None, None]


# a number of Berlin in every shape that leaves no doubt, and some that do
GERMAN = {
    "+49 30 2345678": "49302345678",
    "+49 (0)30 2345678": "49302345678",
    "(+49) 30/234-5678": "49302345678",
    "tel:+4930\u00a02345678": "49302345678",
    "0049 30 2345678": "49302345678",
    "030 2345678": "49302345678",
    "4915123456789": "4915123456789",
    "30 2345678": None,  # the zero may be gone, or the number be of this very town
    "491512345": None,  # may begin with the country's code, or with that of Leer
    "030 2345678 ext. 5": None,
    "030 2345678, 030 8765432": None,
    "4.91512E+12": None,
    "+0 30 2345678": None,
    "+49 30": None,
    "1234567890123456": None,
}


def test_a_phone_number_is_completed_only_where_that_is_certain(normal):
    assert dict(zip(GERMAN, normal("phone", "phone_digits", list(GERMAN), "Germany"), strict=True)) == (
        GERMAN
    )


@pytest.mark.parametrize(
    ("country", "value", "expected"),
    [
        ("us", "(415) 555-2671", "14155552671"),
        ("us", "1-415-555-2671", "14155552671"),
        ("us", "4155552671.0", "14155552671"),
        ("us", "011 49 30 2345678", "49302345678"),
        ("us", "(115) 555-2671", None),
        ("fr", "6 12 34 56 78", "33612345678"),
        ("it", "06 1234567", "39061234567"),
        ("it", "+39 06 1234567", "39061234567"),
        ("es", "+34 0 612 345 678", None),
        ("hu", "06 20 231 2161", "36202312161"),
        ("br", "(11) 98722-0242", "5511987220242"),
        ("sg", "001 44 20 7946 0958", None),
        ("zz", "030 2345678", None),
        (None, "030 2345678", None),
        (None, "0044 20 7946 0958", "442079460958"),
        (None, "+44 20 7946 0958", "442079460958"),
    ],
)
def test_each_country_dials_its_own_way(normal, country, value, expected):
    assert normal("phone", "phone_digits", [value], country) == [expected]


def test_e164_has_a_plus(normal):
    assert normal("phone", "phone_e164", ["030 2345678"], "de") == ["+49302345678"]


def test_every_column_has_a_form_and_every_form_a_column():
    used = {column.form for one in TEMPLATES.values() for column in one.columns if column.form}
    assert used == set(FORMS)


def test_places_agree_with_each_other():
    names = country_table()["name"].to_pylist()
    assert len(names) == len(set(names))
    assert CALLING.keys() <= NAMES.keys()
    assert all(least <= most for _, _, least, most, _ in CALLING.values())
    codes = {code for code, *_ in CALLING.values()}
    assert not [(a, b) for a in codes for b in codes if a != b and a.startswith(b)]
    assert len(set(state_table()["code"].to_pylist())) == 51


@pytest.mark.parametrize("value", ["=1", "+1", "-1", "@a", "\t=1", "\r=1"])
def test_a_formula_gets_an_apostrophe(value):
    found = duckdb.execute(f"SELECT {neutral('value')} FROM (SELECT ? AS value)", [value]).fetchall()
    assert found == [(f"'{value}",)]


@pytest.mark.parametrize("value", ["a=1", "'=1", "", " ", "O'Neil", None])
def test_other_text_stays(value):
    found = duckdb.execute(
        f"SELECT {neutral('value')} FROM (SELECT ?::VARCHAR AS value)", [value]
    ).fetchall()
    assert found == [(value,)]
