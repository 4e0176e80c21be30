# SPDX-License-Identifier: Apache-2.0
"""Writes unigrams_map.json and unigrams_bytes.json, tokenizers of unigrams as XLM-R and T5 have them, and
unigrams_tokens.json: texts and what huggingface/tokenizers makes of them with either."""
import io
import json
import random
import unicodedata

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

LEARNED = (
    "The cat sat on the mat and the dog sat on the cat. They are reading sentences that we have read; "
    "it is 1984, or 2001. Reading is not what I would call walking, she will say. Die Katze saß auf der "
    "Matte und der Hund liest. Кошка сидела на коврике и читала. 猫はマットの上に座った。 naïve café, coöperate!"
).split(" ")
# What becomes what, by their code points: a table of our own.
RULES = {
    "\t": " ", "\n": " ", "\u3000": " ", "\u00a0": " ", "\u200b": "", "\u0007": "", "…": "...", "½": "1⁄2",
    "ﬁ": "fi", "e\u0301": "\u00e9", "i\u0308": "\u00ef", "o\u0308": "\u00f6", "\u212b": "\u00c5", "猫\ufe00": "猫", "㍿": "株式会社",
    **{chr(0xFEE0 + ord(c)): c for c in "ABCXYZabcxyz0123456789!?"},
}


def compiled_map():
    with open("rules.tsv", "w") as file:
        for a, b in RULES.items():
            file.write(" ".join("%X" % ord(c) for c in a) + "\t" + " ".join("%X" % ord(c) for c in b) + "\n")
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([" ".join(LEARNED)] * 3), model_writer=model, vocab_size=90,
        hard_vocab_limit=False, normalization_rule_tsv="rules.tsv", minloglevel=2)
    proto = sentencepiece_model_pb2.ModelProto()
    proto.ParseFromString(model.getvalue())
    return proto.normalizer_spec.precompiled_charsmap


def learned_pieces(special, size):
    made = Tokenizer(models.Unigram())
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.train_from_iterator(
        [" ".join(LEARNED)] * 3 + LEARNED,
        trainers.UnigramTrainer(vocab_size=size, special_tokens=special, unk_token="<unk>", show_progress=False))
    return [tuple(piece) for piece in json.loads(made.to_str())["model"]["vocab"]]


def with_map():
    pieces = learned_pieces(["<s>", "<pad>", "</s>", "<unk>"], 160)
    made = Tokenizer(models.Unigram(pieces, unk_id=3, byte_fallback=False))
    made.normalizer = normalizers.Sequence(
        [normalizers.Precompiled(compiled_map()), normalizers.Replace(Regex(" {2,}"), " ")])
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(prepend_scheme="always")])
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    made.add_special_tokens([AddedToken("<mask>", lstrip=True, special=True)])
    return made


def with_bytes():
    pieces = learned_pieces(["<pad>", "</s>", "<unk>"], 140)
    pieces += [("<0x%02X>" % byte, -20.0) for byte in range(256)]
    made = Tokenizer(models.Unigram(pieces, unk_id=2, byte_fallback=True))
    made.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Strip(left=False, right=True), normalizers.Replace("''", '"')])
    made.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    made.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    made.add_special_tokens([AddedToken("<extra>", special=True)])
    return made


TEXTS = [
    "", " ", "   ", "The cat sat on the mat.", "  two  spaces   and\ttabs\n\nlines ", "don't ''quote''",
    "3.14 1,000 ½ ２００１", "a\u00a0b\u2003 c\u3000d\x85e\u200bf", "naïve e\u0301 cafe\u0301 cafe\u0301\u0323 co\u0308operate",
    "кошка 猫はマット 한국어 猫\ufe00", "🙂 🙂🙂a 🏳️\u200d🌈 👩\u200d👩\u200d👧", "x <mask> y<mask>  z <s></s> <extra>a <unk>b",
    "...!? … ﬁne ＡＢＣ！ ㍿", "▁cat ▁▁ a▁b", "\x07a \x7f", "q" * 50, "Katzekatze reading" * 20,
]
random.seed(12)
OLD = unicodedata.ucd_3_2_0
stable = [
    chr(c)
    for c in range(1, 0x30000)
    if OLD.category(chr(c)) == unicodedata.category(chr(c)) and OLD.category(chr(c)) not in ("Cn", "Co", "Cs")
    and unicodedata.normalize("NFKC", chr(c)) == OLD.normalize("NFKC", chr(c))
]
for _ in range(250):
    parts = []
    for _ in range(random.randint(1, 8)):
        kind = random.random()
        if kind < 0.5:
            parts.append(random.choice(LEARNED))
        elif kind < 0.75:
            parts.append(random.choice([" ", "  ", "\t", "\n", "12", "<mask>", "</s>", "<extra>", "<unk>"]))
        elif kind < 0.85:
            parts.append(random.choice(list(RULES)))
        else:
            parts.append("".join(random.choices(stable, k=random.randint(1, 3))))
    TEXTS.append("".join(parts))

if __name__ == "__main__":
    both = []
    for name, made in ("unigrams_map", with_map()), ("unigrams_bytes", with_bytes()):
        made.save(name + ".json", pretty=False)
        both.append(Tokenizer.from_file(name + ".json"))
    with open("unigrams_tokens.json", "w") as file:
        rows = [[text] + [made.encode(text).ids for made in both] for text in TEXTS]
        file.write("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")
