"""What testers are told of a stage: plain text by e-mail, and the form that the chat service shows.

One message has both: SNS gives each protocol its own part, and the chat service is subscribed over https.
https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
"""

from __future__ import annotations

import json

# The same page: fewer than 100 characters, of ASCII, in one line.
_SUBJECT = 99


def subject(title: str) -> str:
    """The title as the subject of an e-mail."""
    plain = " ".join(title.split()).encode("ascii", "replace").decode()
    return plain if len(plain) <= _SUBJECT else f"{plain[: _SUBJECT - 3]}..."


def message(title: str, words: str) -> str:
    """The message with a part for each kind of subscriber."""
    content = {"textType": "client-markdown", "title": title, "description": words}
    chat = {"version": "1.0", "source": "custom", "content": content}
    return json.dumps({"default": words, "email": words, "https": json.dumps(chat)})
