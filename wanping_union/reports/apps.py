from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "wanping_union.reports"
    verbose_name = "报表"
