from django.apps import AppConfig


class ExportsConfig(AppConfig):
    name = "wanping_union.exports"
    verbose_name = "导出"
