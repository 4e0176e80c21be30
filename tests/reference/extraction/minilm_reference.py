# SPDX-License-Identifier: Apache-2.0
"""Writes minilm_sentences.npy: minilm_reference.py MODEL_FOLDER all_measures.tsv

Every sixteenth component of the embeddings of the 205 sentences, in their order.
"""
import csv
import sys

import numpy as np
from sentence_transformers import SentenceTransformer

model = SentenceTransformer(sys.argv[1], device="cpu")
with open(sys.argv[2]) as table:
    rows = csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE)
    sentences = list({row["sent_id"]: row["sentence"] for row in rows}.values())
embeddings = model.encode(sentences, batch_size=1)
np.save("minilm_sentences", embeddings[:, ::16].astype(np.float32))
