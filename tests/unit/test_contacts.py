"""Contact data among the users' attributes: found by its usual names, and kept from every model."""

from __future__ import annotations

import pyarrow as pa

from lookalike import contacts, features, leaks
from lookalike.importing import import_table
from lookalike.workspace import Workspace


def test_fields_are_found_under_their_usual_names():
    found = contacts.fields_of(["E-Mail", "Hashed Email", "fn", "plan", "Postal.Code", "ct", "country"])
    assert found == {
        "email": "E-Mail",
        "email_sha256": "Hashed Email",
        "first_name": "fn",
        "zip": "Postal.Code",
        "city": "ct",
        "country": "country",
    }


def test_what_names_a_person_is_told_from_what_many_share():
    assert contacts.personal(["email", "mail", "city", "plan", "Surname"]) == {
        "email",
        "mail",
        "Surname",
    }


def test_no_model_and_no_warning_sees_contact_data(tmp_path):
    workspace = Workspace.open(tmp_path / "w", create=True)
    users = pa.table(
        {
            "user_id": [f"u{n}" for n in range(6)],
            "first_name": ["Ada"] * 3 + ["Bea"] * 3,
            "plan": ["free"] * 3 + ["paid"] * 3,
        }
    )
    import_table(workspace, "users", [users])
    assert contacts.held(workspace) == {"first_name": "first_name", "country": "country"}
    assert features.load(workspace).names == ["plan=free", "plan=paid"]
    assert [leak.key for leak in leaks.find(workspace, [0, 1, 2])] == ["plan=free"]
