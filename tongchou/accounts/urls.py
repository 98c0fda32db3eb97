"""Routes of accounts."""

from django.urls import path

from .views import desk, people, sessions

app_name = "accounts"
urlpatterns = [
    path("", desk.desk, name="desk"),
    path("sign-in/", sessions.sign_in, name="sign_in"),
    path("sign-in/code/", sessions.second_factor, name="second_factor"),
    path("sign-out/", sessions.sign_out, name="sign_out"),
    path("switch/", sessions.switch, name="switch"),
    path("me/", sessions.me, name="me"),
    path("me/password/", sessions.password, name="password"),
    path("me/second-factor/", sessions.second_factor_on, name="second_factor_on"),
    path("me/second-factor/off/", sessions.second_factor_off, name="second_factor_off"),
    path("me/sessions/end/", sessions.end_sessions, name="end_sessions"),
    path("me/keys/", sessions.create_token, name="create_token"),
    path("me/keys/<int:pk>/revoke/", sessions.revoke_token, name="revoke_token"),
    path("people/", people.user_list, name="users"),
    path("people/new/", people.user_new, name="user_new"),
    path("people/<str:username>/", people.user_detail, name="user"),
    path("people/<str:username>/change/", people.user_change, name="user_change"),
    path("roles/held/<int:pk>/end/", people.membership_end, name="membership_end"),
    path("roles/", people.role_matrix, name="roles"),
    path("organisations/", people.organisation_tree, name="organisations"),
    path("organisations/new/", people.organisation_edit, name="organisation_new"),
    path("organisations/<str:code>/", people.organisation_edit, name="organisation"),
]
