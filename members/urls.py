from django.urls import path

from members.views import enterprises, finding, looking, people, printing, unions

app_name = "members"
urlpatterns = [
    path("", people.people, name="people"),
    path("new/", people.register, name="register"),
    path("search/", finding.search, name="search"),
    path("views/new/", finding.save_view, name="save_view"),
    path("views/<int:pk>/delete/", finding.delete_view, name="delete_view"),
    path("roll/", printing.roll, name="roll"),
    path("grid/", unions.grid, name="grid"),
    path("unions/new/", unions.create, name="create_union"),
    path("unions/<slug:code>/", unions.union, name="union"),
    path("unions/<slug:code>/edit/", unions.edit, name="edit_union"),
    path("unions/<slug:code>/move/", unions.move, name="move_union"),
    path("unions/<slug:code>/validity/", unions.validity, name="set_validity"),
    path("enterprises/", enterprises.enterprises, name="enterprises"),
    path("enterprises/new/", enterprises.add, name="add_enterprise"),
    path("enterprises/<int:pk>/", enterprises.enterprise, name="enterprise"),
    path("enterprises/<int:pk>/edit/", enterprises.correct, name="correct_enterprise"),
    path("enterprises/<int:pk>/relocate/", enterprises.relocate, name="relocate"),
    path("enterprises/<int:pk>/bring-back/", enterprises.bring_back, name="bring_back"),
    path("enterprises/<int:pk>/years/new/", enterprises.year, name="add_year"),
    path("enterprises/<int:pk>/years/<int:year>/", enterprises.year, name="year"),
    path("enterprises/<int:pk>/years/<int:year>/size/", enterprises.size, name="size"),
    path("<int:pk>/", people.person, name="person"),
    path("<int:pk>/edit/", people.correct, name="correct_person"),
    path("<int:pk>/membership/", people.correct_membership, name="correct_membership"),
    path("<int:pk>/looks/", looking.looks, name="looks"),
    path("<int:pk>/looks/print/", looking.print_looks, name="print_looks"),
    path("<int:pk>/card/", printing.card, name="card"),
    path("<int:pk>/reveal/<slug:field>/", people.reveal, name="reveal"),
    path("<int:pk>/<slug:name>/", people.act, name="act"),
]
