# SPDX-License-Identifier: Apache-2.0
"""Writes pairs_gpt.json and pairs_roberta.json, tokenizers of byte pairs, and pairs_tokens.json:
texts and what huggingface/tokenizers makes of them with either."""
import json
import random
import unicodedata

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

LEARNED = (
    "The cat sat on the mat and the dog sat on the cat. They're reading sentences that we've read; "
    "it's 1984, or 2001. Reading isn't what I'd call walking, she'll say. Die Katze saß auf der "
    "Matte. Кошка сидела на коврике. 猫はマットの上に座った。 naïve café, coöperate!"
).split(" ")


def tokenizer(roberta):
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=roberta)
    special = ["<s>", "<pad>", "</s>", "<unk>"] if roberta else ["<|endoftext|>"]
    trainer = trainers.BpeTrainer(
        vocab_size=380,
        special_tokens=special,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    made.train_from_iterator([" ".join(LEARNED)] * 3, trainer)
    made.decoder = decoders.ByteLevel()
    if roberta:
        made.add_special_tokens([AddedToken("<mask>", lstrip=True, special=True)])
        made.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), True, True)
    else:
        made.post_processor = processors.ByteLevel(trim_offsets=False)
    return made


TEXTS = [
    "",
    " ",
    "   ",
    "The cat sat on the mat.",
    "  two  spaces   and\ttabs\n\nlines ",
    "don't we've I'd she'll I'm it's they're 'tis O'Neill'S",
    "3.14 1,000 x2 ½ Ⅷ ٣",
    "a\u00a0b\u2003 c\u3000d\x85e\u200bf",
    "naïve e\u0301 café, Straße",
    "кошка 猫はマット 한국어",
    "🙂 🙂🙂a 🏳️\u200d🌈",
    "x <mask> y<mask>  z <s></s> <|endoftext|>a",
    "...!? -- (a) [b] {c}_d",
    "\x00\x07 \x7f",
]
random.seed(11)
OLD = unicodedata.ucd_3_2_0
stable = [
    chr(c)
    for c in range(1, 0x30000)
    if OLD.category(chr(c)) == unicodedata.category(chr(c))
    and OLD.category(chr(c)) not in ("Cn", "Co", "Cs")
]
for _ in range(200):
    parts = []
    for _ in range(random.randint(1, 8)):
        kind = random.random()
        if kind < 0.5:
            parts.append(random.choice(LEARNED))
        elif kind < 0.75:
            parts.append(random.choice([" ", "  ", "\t", "\n", "'s", "'ll", "12", "<mask>", "</s>"]))
        else:
            parts.append("".join(random.choices(stable, k=random.randint(1, 3))))
    TEXTS.append("".join(parts))

both = []
for name, roberta in ("pairs_gpt", False), ("pairs_roberta", True):
    tokenizer(roberta).save(name + ".json", pretty=False)
    both.append(Tokenizer.from_file(name + ".json"))
with open("pairs_tokens.json", "w") as file:
    rows = [[text] + [made.encode(text).ids for made in both] for text in TEXTS]
    file.write("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")
