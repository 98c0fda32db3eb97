"""Web 界面: layouts, components, navigation and static files. Knows no domain.

Every screen extends one of four layouts (list, detail, step form, board) and is put together from the parts in
`templates/components/`, all shown in the gallery at /gallery/. Rooms register their navigation entries and desk
cards here; templates never decide permission.
"""
