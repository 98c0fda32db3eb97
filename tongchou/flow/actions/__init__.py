"""The actions of this room: on instances, on definitions, on calendars."""
