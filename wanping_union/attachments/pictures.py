"""Draws a picture anew: what was hidden in the file beside its pixels is gone. No Django."""

from io import BytesIO
from typing import NamedTuple

from PIL import Image, ImageOps

from wanping_union.attachments.formats import (
    DAMAGED,
    LONGEST_SIDE,
    MOST_PIXELS,
    PICTURES,
    QUALITY,
    THUMBNAIL,
    TOO_MANY_PIXELS,
    Refused,
)

Image.MAX_IMAGE_PIXELS = None  # our own limit stands below, with a sentence


class Picture(NamedTuple):
    content: bytes
    mime: str
    width: int
    height: int
    thumbnail: bytes  # JPEG


def redraw(content: bytes, mime: str) -> Picture:
    """The first frame, upright, at most LONGEST_SIDE pixels long; PNG stays PNG, else JPEG.

    Raises Refused; a damaged file may raise anything else.
    """
    image: Image.Image = Image.open(BytesIO(content), formats=[PICTURES[mime]])
    if image.width * image.height > MOST_PIXELS[mime]:
        raise Refused(TOO_MANY_PIXELS)
    if mime == "image/jpeg":
        image.draft(None, (LONGEST_SIDE, LONGEST_SIDE))  # decodes no more than is kept
    try:
        image.load()
    except OSError as cut_off:
        raise Refused(DAMAGED) from cut_off
    ImageOps.exif_transpose(image, in_place=True)
    is_png = mime == "image/png"
    if image.mode not in ("L", "RGB", "RGBA"):
        image = _plain(image, keep_holes=is_png)  # other modes shrink badly
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    image = _plain(image, keep_holes=is_png)
    kept = BytesIO()
    image.save(kept, "PNG" if is_png else "JPEG", quality=QUALITY)
    small = _plain(image, keep_holes=False)
    small.thumbnail((THUMBNAIL, THUMBNAIL))
    thumbnail = BytesIO()
    small.save(thumbnail, "JPEG", quality=75)
    kept_as = "image/png" if is_png else "image/jpeg"
    return Picture(kept.getvalue(), kept_as, image.width, image.height, thumbnail.getvalue())


def _plain(image: Image.Image, *, keep_holes: bool) -> Image.Image:
    """Grey or coloured pixels and nothing else; what is transparent becomes white or stays so."""
    if image.has_transparency_data:
        clear = image.convert("RGBA")
        if keep_holes:
            plain = clear
        else:
            plain = Image.new("RGB", image.size, "white")
            plain.paste(clear, mask=clear.getchannel("A"))
    else:
        plain = image.convert("L" if image.mode in ("1", "L") else "RGB")
    plain.info.clear()  # profiles and comments would be saved along
    return plain
