"""SMS through SNS to the one phone that is configured."""

import os
import re

from shared import aws
from shared.secrets import forget, secret

# https://docs.aws.amazon.com/sns/latest/api/API_Publish.html: E.164, a plus and at most 15 digits.
_E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)


class BadPhoneNumber(RuntimeError):
    """The admin phone is not a phone number. The message does not repeat it."""


def admin_phone() -> str:
    """The number in the secret ADMIN_PHONE_SECRET."""
    name = os.environ["ADMIN_PHONE_SECRET"]
    phone = secret(name).strip()
    if not _E164.fullmatch(phone):
        forget(name)  # it will be corrected, and then that should count at once
        raise BadPhoneNumber(
            f"The secret {name} is not a phone number in E.164, such as +15550100: `make secret`."
        )
    return phone


def send(phone: str, text: str) -> None:
    """Send one SMS. Tried once only: the client's own second try after a timeout could be a second SMS."""
    aws.client("sns", attempts=1).publish(
        PhoneNumber=phone,
        Message=text,
        MessageAttributes={"AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"}},
    )
