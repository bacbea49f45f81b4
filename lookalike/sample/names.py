"""What the sample world calls its interests, products, brands, lists and attributes."""

from __future__ import annotations

from collections.abc import Sequence

INTERESTS: dict[str, tuple[str, ...]] = {
    "Home baking": ("stand mixer", "sourdough kit", "cake tin", "proving basket", "pastry course"),
    "Travel deals": ("weekend city break", "rail pass", "cabin bag", "guided tour", "flight alert"),
    "Fitness at home": ("resistance bands", "adjustable dumbbells", "workout app", "mat", "rower"),
    "Interior design": ("floor lamp", "linen sofa", "wall print", "rug", "shelving set"),
    "Gardening": ("raised bed", "heirloom seeds", "secateurs", "greenhouse", "compost bin"),
    "Fashion basics": ("organic tee", "straight jeans", "wool jumper", "trainers", "trench coat"),
    "Skin care": ("vitamin serum", "day cream", "sun lotion", "clay mask", "cleansing balm"),
    "Trail running": ("trail shoes", "running vest", "head torch", "race entry", "energy gels"),
    "Family cooking": ("slow cooker", "meal box", "lunch box", "recipe planner", "knife set"),
    "Photography": ("mirrorless camera", "prime lens", "tripod", "photo course", "print service"),
    "Cycling": ("gravel bike", "bike lights", "cycling jersey", "turbo trainer", "pannier"),
    "Board games": ("strategy game", "party game", "puzzle", "card sleeves", "game subscription"),
    "Yoga": ("cork mat", "retreat", "yoga blocks", "online class", "leggings"),
    "Coffee": ("espresso machine", "hand grinder", "bean subscription", "pour-over set", "kettle"),
    "Parenting": ("pushchair", "baby monitor", "nappy subscription", "cot", "sleep course"),
    "Personal finance": ("budget app", "index fund", "savings account", "tax course", "card"),
    "Home repair": ("drill set", "tool box", "paint sprayer", "tile kit", "work bench"),
    "Knitting": ("merino yarn", "needle set", "jumper pattern", "craft box", "knitting class"),
    "Camping": ("two-person tent", "sleeping bag", "camp stove", "roof box", "hammock"),
    "Vegan food": ("plant protein", "oat drink", "tofu press", "vegan box", "cook book"),
    "Dogs": ("dog food plan", "harness", "dog bed", "training course", "chew toy"),
    "Vintage finds": ("record player", "leather jacket", "mid-century chair", "watch", "lamp"),
    "Video games": ("game console", "headset", "gaming chair", "season pass", "controller"),
    "Language learning": ("language app", "phrase book", "tutor lessons", "study trip", "cards"),
    "Home cinema": ("soundbar", "projector", "streaming plan", "recliner", "smart television"),
    "Weddings": ("invitation set", "bridal shoes", "venue guide", "ring", "photo booth"),
    "Painting": ("watercolour set", "easel", "sketch book", "art class", "acrylic paints"),
    "Cats": ("cat tree", "litter plan", "cat flap", "water fountain", "wet food box"),
    "Sailing": ("sailing course", "deck shoes", "waterproof jacket", "charter week", "tide app"),
    "Beekeeping": ("hive kit", "bee suit", "smoker", "honey extractor", "beginner course"),
}

BRANDS = (
    "Alderby", "Amberline", "Arvika", "Ashdown", "Bellmoor", "Birchwell", "Bramley", "Brightwater",
    "Calder", "Castello", "Cedarway", "Clearfold", "Corvo", "Dalesman", "Darrow", "Eastmere",
    "Elmstead", "Fairhaven", "Fennick", "Fjordal", "Galloway", "Garnet", "Halden", "Harrowgate",
    "Highmark", "Ingleside", "Ivyton", "Juniper", "Kestrel", "Kingsley", "Lakeland", "Lindqvist",
    "Lowick", "Marlow", "Meridian", "Millbrook", "Norrland", "Northfell", "Oakhurst", "Orchard",
    "Otterby", "Pembrook", "Pinecrest", "Quarry", "Ravenna", "Redfern", "Rosedale", "Sandhill",
    "Selwyn", "Silverbeck", "Stanmore", "Stillwater", "Summit", "Tamarind", "Thornbury", "Umber",
    "Valmont", "Wexford", "Willowby", "Yarrow",
)  # fmt: skip

COUNTRIES = {"US": 0.37, "GB": 0.18, "DE": 0.14, "FR": 0.11, "BR": 0.10, "CA": 0.06, "JP": 0.04}
AGE_BANDS = {"18-24": 0.19, "25-34": 0.30, "35-44": 0.22, "45-54": 0.16, "55+": 0.13}
DEVICES = {"phone": 0.66, "desktop": 0.22, "tablet": 0.12}

# What a list's people did, and the column that such a list brings along (None: ids alone).
LIST_KINDS: tuple[tuple[str, str | None], ...] = (
    ("buyers", "spend"),
    ("newsletter readers", None),
    ("ad clickers", "clicks"),
    ("sign-ups", None),
)


def list_name(number: int, interests: Sequence[str], kind: str) -> str:
    """Name a seed list, for example "Trail running or Yoga buyers 05"."""
    return f"{' or '.join(dict.fromkeys(interests))} {kind} {number:02d}"


def item_title(interest: str, number: int) -> str:
    """Name the `number`-th product of an interest; the first 300 of an interest all differ."""
    products = INTERESTS[interest]
    # steps of 7 go through all 60 brands, from another one for each interest
    brand = 11 * list(INTERESTS).index(interest) + 7 * (number // len(products))
    return f"{BRANDS[brand % len(BRANDS)]} {products[number % len(products)]}"
