from django.apps import AppConfig


class ReferenceConfig(AppConfig):
    name = "wanping_union.reference"
    verbose_name = "参考数据"
