"""What each ad platform's file looks like, since when, and by whose word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lookalike.errors import NotFound, did_you_mean
from lookalike.export.normalise import FORMS

LOOKED_UP = "2026-11-22"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a file.

    Attributes:
        header: Its name in the file.
        field: What goes in: a column of the members, "user_id", a field of `contacts.NAMES`, or ""
            for a column that stays empty because the platform wants it there.
        form: How it is normalised, a key of `FORMS`; empty for what is written verbatim.
        hashed: Whether its SHA-256 is written.
        free_text: Whether it holds what people typed, so that formulas are neutralised.
    """

    header: str
    field: str
    form: str = ""
    hashed: bool = False
    free_text: bool = False

    def about(self) -> str:
        """Say how it is written."""
        if not self.field:
            return "empty"
        said = FORMS[self.form].about if self.form else "verbatim"
        return f"{said}; SHA-256" if self.hashed else said


@dataclass(frozen=True, slots=True)
class Template:
    """A kind of file.

    Attributes:
        key: What it is called in commands.
        label: What it is called on pages.
        platform: Whose it is; empty for files of our own.
        columns: In the file's order.
        note: What happens with the file.
        identifiers: What a platform can match a person by: one of these groups, all of its fields.
        dated: When the format was looked up, and the page's own date where it has one.
        source: The page that states it.
        minimum: People that the platform must match before it shows ads.
        minimum_source: The page that says so.
        most_rows: Rows that the platform takes at most.
        most_bytes: Size that it takes at most.
        suffix: Of the file.
    """

    key: str
    label: str
    columns: tuple[Column, ...]
    note: str
    platform: str = ""
    identifiers: tuple[tuple[str, ...], ...] = ()
    dated: str = ""
    source: str = ""
    minimum: int = 0
    minimum_source: str = ""
    most_rows: int | None = None
    most_bytes: int | None = None
    suffix: str = ".csv"

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of contact data that it writes."""
        return tuple(column.field for column in self.columns if column.form)

    @property
    def single(self) -> tuple[str, ...]:
        """The fields that identify a person alone."""
        return tuple(group[0] for group in self.identifiers if len(group) == 1)


_RANKED = tuple(Column(name, name) for name in ("user_id", "score", "rank", "percentile", "tier"))
_SNAP: dict[str, str | int] = {
    "platform": "Snapchat",
    "note": "Ads Manager > Audiences > Create > Customer list. One kind of identifier a list: Snapchat "
    "matches this column, and discards the file after matching.",
    "dated": LOOKED_UP,
    "source": "https://developers.snap.com/api/marketing-api/Ads-API/customer-lists",
    "minimum": 1_000,
    "minimum_source": "https://docs.amperity.com/ampiq/destination_snapchat.html",
}
_PINTEREST: dict[str, str | int] = {
    "platform": "Pinterest",
    "note": "Ads > Audiences > Create audience > Customer list. One kind of identifier a list: "
    "Pinterest keeps the accounts that it matched and deletes the list.",
    "dated": LOOKED_UP,
    "source": "https://developers.pinterest.com/docs/api/v5/customer_lists-create",
    "minimum": 100,
    "minimum_source": "https://developers.pinterest.com/docs/api/v5/customer_lists-create",
}


def _one(key: str, label: str, column: Column, told: Mapping[str, str | int]) -> Template:
    return Template(key, label, (column,), identifiers=((column.field,),), **told)  # type: ignore[arg-type]


TEMPLATES: Mapping[str, Template] = {
    one.key: one
    for one in (
        Template(
            "csv",
            "Table (CSV)",
            _RANKED,
            "Every user of the audience by your own ids, best first, for your own systems.",
        ),
        Template(
            "parquet",
            "Table (Parquet)",
            _RANKED,
            "The same with types, for data platforms: smaller, and nothing is lost on the way.",
            suffix=".parquet",
        ),
        Template(
            "meta",
            "Meta custom audience",
            (
                Column("email", "email", "email", hashed=True),
                Column("phone", "phone", "phone_digits", hashed=True),
                Column("madid", "madid", "madid"),
                Column("fn", "first_name", "name_letters", hashed=True),
                Column("ln", "last_name", "name_letters", hashed=True),
                Column("ct", "city", "city_letters", hashed=True),
                Column("st", "state", "state_letters", hashed=True),
                Column("country", "country", "country_lower", hashed=True),
                # Meta's page reads uid as an app user's id; our own ids match nobody there, do no
                # harm, and tell which line is whose
                Column("uid", "user_id"),
            ),
            "Ads Manager > Audiences > Create > Custom audience > Customer list. Meta matches the "
            "hashes with its own accounts and then deletes them. The column uid holds your own ids, "
            "not hashed: map it to none of Meta's fields, or delete it, if they must not leave.",
            platform="Meta",
            identifiers=(("email",), ("phone",), ("madid",), ("first_name", "last_name", "city")),
            dated=LOOKED_UP,
            source="https://www.facebook.com/business/help/2082575038703844",
            minimum=100,
            minimum_source="https://www.facebook.com/business/help/2082575038703844",
        ),
        Template(
            "google",
            "Google Customer Match",
            (
                # the forms are those of the Data Manager API's page on formatting
                Column("Email", "email", "email_google", hashed=True),
                Column("Phone", "phone", "phone_e164", hashed=True),
                Column("First Name", "first_name", "name_lower", hashed=True),
                Column("Last Name", "last_name", "name_lower", hashed=True),
                Column("Country", "country", "country_upper"),
                Column("Zip", "zip", "zip"),
            ),
            "Google Ads > Tools > Audience manager > Your data segments > Customer list. Say on upload "
            "that the data is hashed. Google deletes the file after matching; in the European Economic "
            "Area only people who consented may be in it.",
            platform="Google Ads",
            identifiers=(("email",), ("phone",), ("first_name", "last_name", "country", "zip")),
            dated=LOOKED_UP,
            source="https://support.google.com/google-ads/answer/7659867",
            minimum=100,
            minimum_source="https://support.google.com/google-ads/answer/7476585",
        ),
        Template(
            "tiktok",
            "TikTok custom audience",
            (
                Column("Email_SHA256", "email", "email_tiktok", hashed=True),
                # the page of August 2025 wants numbers without the plus that earlier ones wanted;
                # a later one recommends it and takes both
                Column("Phone_SHA256", "phone", "phone_digits", hashed=True),
                Column("MAID_SHA256", "madid", "madid", hashed=True),
            ),
            "Ads Manager > Tools > Audiences > Create > Custom audience > Customer file. TikTok matches "
            "the hashes with its own accounts.",
            platform="TikTok",
            identifiers=(("email",), ("phone",), ("madid",)),
            dated=f"{LOOKED_UP}, page of August 2025",
            source="https://ads.tiktok.com/help/article/"
            "list-of-supported-ids-and-formats-for-a-customer-file",
            minimum=1_000,
            minimum_source="https://ads.tiktok.com/help/article/custom-audiences",
        ),
        _one("snap", "Snapchat, e-mail", Column("EMAIL_SHA256", "email", "email", hashed=True), _SNAP),
        _one(
            "snap_phone",
            "Snapchat, phone",
            Column("PHONE_SHA256", "phone", "phone_digits", hashed=True),
            _SNAP,
        ),
        _one(
            "snap_madid",
            "Snapchat, advertising id",
            Column("MOBILE_AD_ID_SHA256", "madid", "madid", hashed=True),
            _SNAP,
        ),
        Template(
            "linkedin",
            "LinkedIn contact list",
            (
                Column("email", "email", "email", hashed=True),
                Column("firstname", "first_name", "name_plain", free_text=True),
                Column("lastname", "last_name", "name_plain", free_text=True),
                # LinkedIn refuses a file without these headers
                Column("jobtitle", ""),
                Column("employeecompany", ""),
                Column("country", "country", "country_upper"),
                Column("googleaid", "madid", "madid"),
            ),
            "Campaign Manager > Audiences > Create > Upload a list > Contact list. LinkedIn matches "
            "e-mails, or names with their country, and takes up to 48 hours. Names are not hashed; "
            "Apple's advertising ids match nobody.",
            platform="LinkedIn",
            identifiers=(("email",), ("first_name", "last_name"), ("madid",)),
            dated=LOOKED_UP,
            source="https://www.linkedin.com/help/lms/answer/a1489764",
            minimum=300,
            minimum_source="https://www.linkedin.com/help/lms/answer/a1489764",
            most_rows=300_000,
            most_bytes=20_000_000,
        ),
        _one(
            "pinterest",
            "Pinterest, e-mail",
            Column("email", "email", "email", hashed=True),
            _PINTEREST,
        ),
        _one(
            "pinterest_madid",
            "Pinterest, advertising id",
            Column("maid", "madid", "madid", hashed=True),
            _PINTEREST,
        ),
    )
}


def template(key: str) -> Template:
    """Return a template by its key.

    Raises:
        NotFound: There is none of that key.
    """
    if key not in TEMPLATES:
        raise NotFound(f"There is no export template {key!r}.", did_you_mean(key, TEMPLATES))
    return TEMPLATES[key]
