"""Which files may be attached, and the sentences for those that may not. Pure: no Django."""

MIMES = {
    ".pdf": "application/pdf",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
PICTURES = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}  # as Pillow says it
# By what decoding takes: none may need more than 512 MB.
MOST_PIXELS = {"image/jpeg": 40_000_000, "image/png": 40_000_000, "image/webp": 24_000_000}
LONGEST_SIDE = 3_000  # pixels kept
THUMBNAIL = 320  # pixels: enough to tell one from another, too few to read a number
QUALITY = 85
PAGES_SHOWN = 100  # of a PDF, drawn one by one as they are looked at

EMPTY = "文件是空的，没有内容。请确认选对了文件。"
TOO_LARGE = "文件超过 20 MB，没有接收。请用较低的清晰度扫描（200 dpi 就够），或分成几个文件上传。"
OTHER_KIND = (
    "不能接收这种文件。可以上传照片（JPG、PNG、WebP）、PDF、Word（.docx）和 Excel（.xlsx）。"
)
OLD_OFFICE = "这是旧格式的文档。请用 WPS 或 Office 打开，另存为 {} 后再上传。"
OLD = {".doc": ".docx", ".wps": ".docx", ".xls": ".xlsx", ".et": ".xlsx"}
HEIC = (
    "这是苹果手机的 HEIC 照片，别的电脑打不开。请在手机“设置 → 相机 → 格式”里选“兼容性最佳”再拍；"
    "已经拍好的，用微信发给自己再保存下来，就是 JPG。"
)
MISNAMED = "文件的内容和名称不符，名称是 {}，内容不是。请用原来的程序打开，另存后再上传。"
DAMAGED = "文件已经损坏或者不完整，打不开。请重新扫描、拍照或另存后再上传。"
TOO_MANY_PIXELS = "照片的像素太多，打不开。请在手机相机里选普通清晰度再拍，或截图后上传。"
ENCRYPTED = "文件设有打开密码。请取消密码后再上传。"
ACTIVE_PDF = "PDF 里带有程序、附件或多媒体，为安全起见不能接收。请打开后“打印”成新的 PDF 再上传。"
ACTIVE_OFFICE = (
    "文档里带有宏、嵌入的程序或外部链接，为安全起见不能接收。"
    "请另存为不带宏的文档，或者打印成 PDF 再上传。"
)
TOO_MUCH = "打开这个文件需要的内存或时间太多，已经停止。请重新扫描，或打印成 PDF 后再上传。"


class Refused(Exception):
    """The file is not taken; its argument is the sentence for the person."""


def suffix_of(name: str) -> str:
    """ ".jpg" of "扫描.JPG"; "" where there is none."""
    dot = name.rfind(".")
    return name[dot:].lower() if dot >= 0 else ""
