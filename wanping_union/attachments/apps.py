from django.apps import AppConfig


class AttachmentsConfig(AppConfig):
    name = "wanping_union.attachments"
    verbose_name = "附件"
