"""Every method in three sentences for a person who chooses, and where it comes from.

What is said of public data is measured in benchmarks/RESULTS.md; what a method does on the lists of
a workspace, only that workspace can tell.
"""

from __future__ import annotations

from dataclasses import dataclass

PINTEREST = (
    "Pinterest Engineering 2021, “The machine learning behind delivering relevant ads”"  # a blog post
)
METAHEAC = (
    "Zhu et al. 2021, “Learning to Expand Audience via Meta Hybrid Experts and Critics for "
    "Recommendation and Advertising” (MetaHeac)"
)


@dataclass(frozen=True, slots=True)
class Explained:
    """A method in words, one sentence each.

    Attributes:
        what: What is it?
        trust: Can one trust it?
        when: When should one take it?
        source: Authors and year, or "Ours".
        beside: Whether it is there to compare with, rather than to make audiences.
    """

    what: str
    trust: str
    when: str
    source: str
    beside: bool = False

    @property
    def sentences(self) -> tuple[str, str, str]:
        """The three of them."""
        return self.what, self.trust, self.when


EXPLAINED = {
    "auto": Explained(
        "It looks at a list in several ways at once, from shared tastes to single items and a small "
        "neural network, and lets each count by how well it did on past lists of that size.",
        "On three public data sets it found more held-out users than tuned logistic regression, "
        "though on single lists, and on some sizes, a simpler method was level with it or ahead.",
        "Take it unless you have a reason not to.",
        "Ours; its parts are methods of their own",
    ),
    "auto_quick": Explained(
        "It is the blend without its neural network.",
        "On three public data sets it found as many held-out users as the whole blend, to within a "
        "hundredth.",
        "Take it when many lists wait, or when you want the answer at once.",
        "Ours; its parts are methods of their own",
    ),
    "ridge": Explained(
        "It gives each column of the embeddings a weight that tells seeds from other users, all in one "
        "step of arithmetic.",
        "It has no setting to get wrong, and over three public data sets together only the blends found "
        "more; from a handful of seeds it is no better than logistic regression.",
        "Take it for lists of some dozens of seeds and more, when it has to be quick and simple.",
        "Hoerl & Kennard 1970, “Ridge Regression: Biased Estimation for Nonorthogonal Problems”",
    ),
    "ridge_prior": Explained(
        "It is ridge regression that goes by what past lists had in common where a few seeds say too "
        "little.",
        "On two public data sets it found clearly more than logistic regression from 3 to 40 seeds, and "
        "the fewer the seeds, the more; without past lists it is a plain ridge regression, and says so.",
        "Take it for lists of 3 to 40 seeds, once the workspace has learned from past lists.",
        "Ours: empirical Bayes over past lists",
    ),
    "prototype": Explained(
        "It draws a typical seed, in which seeds that go well together count more, as past lists taught "
        "it.",
        "On two public data sets it did as well as ridge regression from experience, though nothing is "
        "fitted to the list at hand.",
        "Take it for lists of 3 to 40 seeds of which a few may not belong.",
        "Snell et al. 2017, “Prototypical Networks for Few-shot Learning”; the attention over seeds is "
        "ours",
    ),
    "ridge_raw": Explained(
        "It is ridge regression on what users did and who they are, item by item, in which busy users "
        "and popular items count less.",
        "On three public data sets it found more than logistic regression, and on one of them, dense in "
        "interactions, as much as the blend.",
        "Take it when single items tell more of your users than their broad tastes do.",
        "Hoerl & Kennard 1970; of the family of EASE (Steck 2019, “Embarrassingly Shallow Autoencoders "
        "for Sparse Data”)",
    ),
    "mlp": Explained(
        "It is a small neural network that learns, in front of you, to tell this list's seeds from the "
        "other users by their embeddings.",
        "On three public data sets it found more than tuned logistic regression on average, but with a "
        "handful of seeds, on one of them, less.",
        "Take it for lists of about a hundred seeds and more, when you want to watch a model train.",
        f"{PINTEREST}; the recipe is ours",
    ),
    "metaheac": Explained(
        "It is a network of experts and critics that learned from past campaigns how to begin, and "
        "takes a few steps on your list.",
        "On two public data sets it found clearly more than a network without such experience from 3 "
        "and 10 seeds, and about as many on whole lists.",
        "Take it for lists under about 40 seeds, once it has learned from past campaigns.",
        f"{METAHEAC}; learned as in Finn et al. 2017, “Model-Agnostic Meta-Learning”",
    ),
    "mmoe": Explained(
        "It is a network whose experts all past campaigns share, tuned for your list.",
        "On one public data set it found clearly more than a network without experience from 3 seeds, "
        "and clearly less on whole lists.",
        "Take it to see what the critics and the learning to learn of “Past campaigns” add.",
        f"Ma et al. 2018, “Multi-gate Mixture-of-Experts”; as compared with by {METAHEAC}",
        beside=True,
    ),
    "shared_bottom": Explained(
        "It is a network whose first layer all past campaigns share, tuned for your list.",
        "On one public data set it found clearly more than a network without experience from 3 seeds, "
        "and clearly less on whole lists.",
        "Take it to see what experts add to a layer that is merely shared.",
        f"Caruana 1997, “Multitask Learning”; as compared with by {METAHEAC}",
        beside=True,
    ),
    "mlp_pretrained": Explained(
        "It is one plain network that learned all past campaigns together, tuned for your list.",
        "On one public data set it found clearly more than a network without experience from 3 seeds, "
        "and about as much on whole lists.",
        "Take it to see what past campaigns bring without any design for them.",
        f"As compared with by {METAHEAC}",
        beside=True,
    ),
    "one_stage": Explained(
        "It is a neural network that learns from nothing but your list, on what users did and who they "
        "are, without embeddings.",
        "On two public data sets it came within a seventh of the network on embeddings, and seldom "
        "beyond it; all the networks from past campaigns were made to improve on it.",
        "Take it to see what embeddings and past campaigns add.",
        f"As compared with by {METAHEAC}",
        beside=True,
    ),
    "hubble": Explained(
        "Two teachers learn from your list, on embeddings that were passed along between users alike, "
        "and a light student learns from how they judge users whom they were not told of.",
        "On two public data sets it found a little less than the plain network on whole lists, and no "
        "more from ten seeds.",
        "Take it when a list holds only a corner of the people you are after, and compare: that it "
        "helps there is its authors' claim.",
        "Zhuang et al. 2020, “Hubble: An Industrial System for Audience Expansion in Mobile Marketing”",
        beside=True,
    ),
    "metaheac_without_critics": Explained(
        "It is “Past campaigns” with a single critic.",
        "It differs in nothing else, so that a difference between the two is due to the critics.",
        "Take it in a comparison only, to see what the critics are worth.",
        f"After {METAHEAC}",
        beside=True,
    ),
    "metaheac_without_experts": Explained(
        "It is “Past campaigns” with a single expert.",
        "It differs in nothing else, so that a difference between the two is due to the experts.",
        "Take it in a comparison only, to see what the experts are worth.",
        f"After {METAHEAC}",
        beside=True,
    ),
    "metaheac_without_meta": Explained(
        "It is “Past campaigns” that learned all campaigns at once, rather than how to begin a new one.",
        "It differs in nothing else, so that a difference between the two is due to learning to learn.",
        "Take it in a comparison only, to see what learning to learn is worth.",
        f"After {METAHEAC}",
        beside=True,
    ),
    "metaheac_without_steps": Explained(
        "It is “Past campaigns” that takes no step on your list and merely knows who is on it.",
        "It differs in nothing else, so that a difference between the two is due to these steps.",
        "Take it in a comparison only, to see what the steps on a list are worth.",
        f"After {METAHEAC}",
        beside=True,
    ),
    "metaheac_second_order": Explained(
        "It is “Past campaigns” learned by exact slopes, of which the usual one takes the larger part.",
        "It differs in nothing else, and takes longer to learn.",
        "Take it in a comparison only, to see whether the longer learning is worth it.",
        f"After {METAHEAC}; second order as in Finn et al. 2017",
        beside=True,
    ),
    "logistic": Explained(
        "It gives each thing that users did or are a weight that tells seeds from other users, and "
        "tunes for each list how bold these weights may be.",
        "It is the baseline that all methods here are measured against, and it is tuned as hard as they "
        "are.",
        "Take it as the yardstick of a comparison, or where a plain and well-known method is asked for.",
        f"The regression-based baseline of {PINTEREST}",
        beside=True,
    ),
    "logistic_tfidf": Explained(
        "It is logistic regression in which rare things count more, and busy users no more than others.",
        "On three public data sets it found a little more than plain logistic regression.",
        "Take it as the stronger yardstick where a few very popular items drown the others.",
        "Ours, of known parts: logistic regression on tf-idf (Spärck Jones 1972)",
        beside=True,
    ),
    "lsh": Explained(
        "It cuts the users into many small regions and looks for those in which seeds are crowded.",
        "It is tuned for each list; of three public data sets it found clearly more than logistic "
        "regression on one, about as much on one, and less on one that is dense in interactions.",
        "Take it as the second yardstick, or when the seeds fall into several separate groups.",
        "deWet & Ou 2019, “Finding Users Who Act Alike”",
        beside=True,
    ),
    "blend": Explained(
        "It ranks users by the average of their ranks under logistic regression and shared regions.",
        "On three public data sets it found at least as much as the better known of its halves, "
        "logistic regression, and less than the default.",
        "Take it as the yardstick of what was in use before: a newer method should beat it.",
        f"The hybrid that {PINTEREST}, replaced",
        beside=True,
    ),
    "mlp_published": Explained(
        "It is Pinterest's network as it was published, without our changes.",
        "On three public data sets it found less than our recipe, and only on one of them more than "
        "tuned logistic regression.",
        "Take it in a comparison only, to see what the published recipe does on your lists.",
        PINTEREST,
        beside=True,
    ),
    "deepfm": Explained(
        "It looks at what users did and who they are, at every pair of these, and lets a neural network "
        "find what goes beyond pairs.",
        "It can learn what only a combination tells; on two public data sets that was little, and it "
        "found about as much as tuned logistic regression.",
        "Take it for long lists in a workspace that is rich in attributes, and compare.",
        "Guo et al. 2017, “DeepFM: A Factorization-Machine based Neural Network for CTR Prediction”; "
        "Rendle 2010, “Factorization Machines”",
        beside=True,
    ),
    "attention": Explained(
        "It sorts the seeds into a few groups and compares each user with all of them, and most with "
        "those that the user resembles.",
        "Nothing is trained on the list at hand but the groups, so that it is quick, and no better than "
        "the embeddings it looks at.",
        "Take it for lists of several kinds of people who have little in common with each other.",
        "Liu et al. 2019, “Real-time Attention Based Look-alike Model for Recommender System” (RALM)",
    ),
    "centroid": Explained(
        "It ranks users by how close they are to the middle of the list.",
        "There is nothing to train or to tune; on two public data sets it found more than logistic "
        "regression, on a third as much.",
        "Take it for short lists of people who are much alike, or for a first look.",
        "Rocchio 1971, “Relevance Feedback in Information Retrieval”; here on whitened embeddings",
    ),
    "activity": Explained(
        "It ranks users by how much they do, whoever the seeds are.",
        "It knows nothing of your list, so that a method which does not beat it has learned nothing.",
        "Take it in comparisons only, as a line to beat.",
        "Ours: a line to beat",
        beside=True,
    ),
    "random": Explained(
        "It ranks users by lot.",
        "It is what any number on these pages has to be held against.",
        "Take it in comparisons only, as a line to beat.",
        "Ours: a line to beat",
        beside=True,
    ),
}
