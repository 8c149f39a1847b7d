from django.urls import path

from wanping_union.rights.views import consents, home, lists, notices, requests

app_name = "rights"
urlpatterns = [
    path("", home.home, name="home"),
    path("notices/", notices.notices, name="notices"),
    path("notices/new/", notices.publish, name="publish"),
    path("notices/<slug:purpose>/", notices.notice, name="notice"),
    path("untold/", consents.untold, name="untold"),
    path("untold/form/", consents.signing, name="signing"),
    path("lists/", lists.lists, name="lists"),
    path("lists/<int:pk>/", lists.retention_list, name="retention_list"),
    path("people/<int:pk>/request/", requests.receive, name="receive"),
    path("requests/<int:pk>/", requests.request, name="request"),
    path("requests/<int:pk>/receipt/", requests.receipt, name="receipt"),
    path("requests/<int:pk>/copy/", requests.copy, name="copy"),
    path("requests/<int:pk>/<slug:name>/", requests.decide, name="decide"),
    path("people/<int:pk>/agree/<slug:purpose>/", consents.agree, name="agree"),
    path("people/<int:pk>/withdraw/<slug:purpose>/", consents.withdraw, name="withdraw"),
]
