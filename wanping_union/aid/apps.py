from django.apps import AppConfig


class AidConfig(AppConfig):
    name = "wanping_union.aid"
    verbose_name = "救助记录"
