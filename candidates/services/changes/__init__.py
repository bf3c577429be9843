"""Change sets: recording what one act does to many people, and taking it back field by field.

    change_set = open_change_set(ChangeSet.Kind.MERGE, "Merged 2 people", by=user)
    with recording_people(change_set, [kept.pk, gone.pk], survivor=kept):
        ...any code that creates, changes, moves and deletes rows of these people...
    close_change_set(change_set)

`recording.py` writes changes, `registry.py` knows every model that belongs to a person, `undoing.py`
takes back, `sweeping.py` goes on with undos that stand still and forgets old values.
"""
