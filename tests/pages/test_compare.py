from __future__ import annotations

from tests.pages.conftest import button, texts


def test_without_embeddings_the_page_says_what_to_do(folder, visit):
    assert "no embeddings yet" in visit("compare").info[0].value


def test_methods_are_compared_on_saved_lists(ready, visit, ended):
    app = visit("compare")
    app.multiselect[0].set_value(["centroid", "logistic", "random"]).run()
    app.slider[0].set_value(1).run()
    app = ended(button(app, "Compare").click().run())
    said = texts(app)
    assert "finds most" in said
    assert "only 2 of its seeds" in said
    assert "3 lists, 1 round each" in said
    table = app.dataframe[0].value
    assert set(table.Method) == {"Similarity", "Logistic regression", "Random"}
    assert set(table[table.Bucket == "All lists"].Lists) == {3}


def test_nothing_chosen_is_a_sentence(ready, visit):
    app = visit("compare")
    app.multiselect[0].set_value([]).run()
    button(app, "Compare").click().run()
    assert "No method was chosen" in app.error[0].value
