from django.apps import AppConfig


class RightsConfig(AppConfig):
    name = "wanping_union.rights"
    verbose_name = "个人信息权利"
