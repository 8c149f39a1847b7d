from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "wanping_union.accounts"
    verbose_name = "账号"
