from django.apps import AppConfig


class ImportsConfig(AppConfig):
    name = "wanping_union.imports"
    verbose_name = "导入"
