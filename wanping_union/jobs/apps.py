from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "wanping_union.jobs"
    verbose_name = "后台任务"
