from django.urls import include, path

from wanping_union import portal, views

kinds = {"kinds": portal.KINDS}
figures = {"indicators": portal.INDICATORS, "sections": portal.SECTIONS}

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("large/", views.large, name="large"),
    path("help/", views.help_page, name="help"),
    path("privacy/", views.privacy, name="privacy"),
    path("", include("wanping_union.accounts.urls")),
    path("members/imports/", include("wanping_union.imports.urls"), kinds),
    path("members/", include("members.urls")),
    path("relief/", include("relief.urls")),
    path("reports/", include("wanping_union.reports.urls"), figures),
    path("rights/", include("wanping_union.rights.urls"), {"offers": portal.RIGHTS}),
    path("reference/", include("wanping_union.reference.urls")),
    path("audit/", include("wanping_union.audit.urls"), {"links": portal.RECORD_LINKS}),
    path("attachments/", include("wanping_union.attachments.urls"), {"holders": portal.HOLDERS}),
    path("exports/", include("wanping_union.exports.urls"), {"kinds": portal.EXPORTS}),
    path("jobs/", include("wanping_union.jobs.urls"), {"words": portal.JOB_WORDS}),
]
handler400 = "wanping_union.views.bad_request"
handler403 = "wanping_union.views.forbidden"
handler404 = "wanping_union.views.not_found"
handler500 = "wanping_union.views.server_error"
