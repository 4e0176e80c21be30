# SPDX-License-Identifier: Apache-2.0
"""Writes tokenizer.json and tokens.json: texts and what huggingface/tokenizers makes of them."""
import json
import random
import string
import unicodedata

from tokenizers import Tokenizer

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = "the of cat mat sat un ##aff ##able ##ing ##ed ##s walk read sentence ss ##ss oe 中 文 ##文 я да"
letters = string.ascii_lowercase + string.digits + string.punctuation + "абвгдежзийклмнопрстуфхцчшщъыьэюя"
letters += "αβγδεζηθικλμνξοπρσςτυφχψω"
pieces = SPECIAL + list(letters) + ["##" + c for c in letters] + WORDS.split()
vocabulary = {piece: k for k, piece in enumerate(dict.fromkeys(pieces))}


def added(token, **flags):
    usual = dict(special=True, single_word=False, lstrip=False, rstrip=False, normalized=False)
    return {"id": vocabulary[token], "content": token, **usual, **flags}


def special(token):
    return {"SpecialToken": {"id": token, "type_id": 0}}


rules = {
    "version": "1.0",
    "truncation": {"max_length": 24, "strategy": "LongestFirst", "stride": 0, "direction": "Right"},
    "padding": None,
    "added_tokens": [added(t) for t in SPECIAL[:4]] + [added("[MASK]", lstrip=True)],
    "normalizer": {
        "type": "BertNormalizer",
        "clean_text": True,
        "handle_chinese_chars": True,
        "strip_accents": None,
        "lowercase": True,
    },
    "pre_tokenizer": {"type": "BertPreTokenizer"},
    "post_processor": {
        "type": "TemplateProcessing",
        "single": [special("[CLS]"), {"Sequence": {"id": "A", "type_id": 0}}, special("[SEP]")],
        "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {
            t: {"id": t, "ids": [vocabulary[t]], "tokens": [t]} for t in ("[CLS]", "[SEP]")
        },
    },
    "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
    "model": {
        "type": "WordPiece",
        "unk_token": "[UNK]",
        "continuing_subword_prefix": "##",
        "max_input_chars_per_word": 20,
        "vocab": vocabulary,
    },
}

TEXTS = [
    "",
    "   ",
    "The cat sat on the mat.",
    "unaffable walking, read!",
    "THE CAT: ÀÉÎÕÜ çñ ŝ",
    "e\u0301 e\u0323\u0301 o\u0308",
    "don't \"quote\" (it) — 3.14, 1,000… ok?",
    "中文cat文中 中",
    "да, Я НЕ ЗНАЮ",
    "ΑΣΣ Σίσυφος",
    "İstanbul straße ﬁne œuvre",
    "a\u00a0b\u2003c\td\ne\rf\u200bg\u00adh\u2028i",
    "a\x00b\ufffdc\x07d",
    "[CLS] cat [SEP] [MASK] mat  [MASK][PAD][mask] [UNK]",
    "aaaaaaaaaaaaaaaaaaaa",
    "aaaaaaaaaaaaaaaaaaaaa",
    "the " * 30,
    "🙂cat🙂 한국어 ไทย हिन्दी",
    "x²+y½=√z™ №5 ¿qué? «да»",
]

# Characters of Unicode 3.2 whose category no later version has changed.
OLD = unicodedata.ucd_3_2_0
stable = [
    chr(c)
    for c in range(0x21, 0x30000)
    if OLD.category(chr(c)) == unicodedata.category(chr(c))
    and OLD.category(chr(c)) not in ("Cn", "Co", "Cs")
]
random.seed(7)
for _ in range(300):
    parts = []
    for _ in range(random.randint(1, 8)):
        kind = random.random()
        if kind < 0.4:
            parts.append(random.choice(WORDS.replace("##", "").split()))
        elif kind < 0.5:
            parts.append(random.choice(SPECIAL + ["[mask]", "..."]))
        elif kind < 0.7:
            parts.append(random.choice([" ", "  ", "\t", "\u3000", "-", ""]))
        else:
            parts.append("".join(random.choices(stable, k=random.randint(1, 3))))
    TEXTS.append("".join(parts))

with open("tokenizer.json", "w") as file:
    json.dump(rules, file, ensure_ascii=False, separators=(",", ":"))
tokenizer = Tokenizer.from_file("tokenizer.json")
with open("tokens.json", "w") as file:
    rows = [[text, tokenizer.encode(text).ids] for text in TEXTS]
    file.write("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")
