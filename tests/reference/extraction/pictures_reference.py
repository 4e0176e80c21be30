# SPDX-License-Identifier: Apache-2.0
"""Writes small pictures and what Pillow decodes and resizes them to, as .npy of height x 3·width."""
import numpy as np
from PIL import Image

y, x = np.mgrid[0:17, 0:23]
wave = np.stack(
    [127 + 120 * np.sin(x / 3 + y / 5), 255 * ((x // 4 + y // 3) % 2), 11 * x + (7 * y) % 13], axis=-1
)
pixels = np.clip(wave, 0, 255).astype(np.uint8)
alpha = ((x * 37 + y * 91) % 256).astype(np.uint8)
picture = Image.fromarray(pixels)

picture.save("colour.png")
Image.fromarray(np.dstack([pixels, alpha])).save("transparent.png")
picture.convert("L").save("grey.png")
picture.quantize(16).save("palette.png")
picture.resize((64, 48), Image.BICUBIC).save("photo.jpg", quality=90)
picture.convert("L").save("grey.jpg", quality=90)


def write(name, image):
    values = np.asarray(image.convert("RGB"))
    np.save(name, values.reshape(len(values), -1))


for name in "colour.png", "transparent.png", "grey.png", "palette.png", "photo.jpg", "grey.jpg":
    write(name.replace(".", "_"), Image.open(name))
for width, height in (9, 7), (40, 31), (23, 5), (11, 17):
    write(f"bicubic_{height}x{width}", picture.resize((width, height), Image.BICUBIC))
    write(f"bilinear_{height}x{width}", picture.resize((width, height), Image.BILINEAR))

# As an image processor prepares them: resized, cropped, scaled, normalised.
from transformers import CLIPImageProcessorPil  # noqa: E402

processor = CLIPImageProcessorPil(
    size={"shortest_edge": 12},
    crop_size={"height": 12, "width": 12},
    image_mean=[0.48, 0.46, 0.41],
    image_std=[0.27, 0.26, 0.28],
)
values = processor(Image.open("photo.jpg"), return_tensors="np")["pixel_values"][0]
np.save("prepared", values.reshape(3, -1).astype(np.float32))
