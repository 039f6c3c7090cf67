"""How a notice says that a mail was not delivered, in the words of any sender.

Owns the words that make a text a non-delivery notice, or a delay warning. Must
not judge why: parsers.codes does that from the diagnostic.
"""

import re

from parsers.bounces.lines import unfold
from parsers.bounces.notice import Notice

__all__ = ["is_delay", "is_failure", "says_failure", "verdict_words"]

# The whole notice: "this mail of yours was not delivered".
_FAILURE = re.compile(
    r"undeliver|not (?:be|been|successfully|yet been) ?(?:\w+ )?(?:deliver|relayed|sent|reached)"
    r"|could(?:n't| not) (?:be )?(?:deliver|reach|send|sent|find)|can(?:'t|not| not) (?:be )?deliver"
    r"|unable to (?:be )?deliver|unable to send|was(?:n't| not) (?:able to (?:be )?)?deliver"
    r"|deliver\w* (?:\w+ ){0,4}(?:has )?failed|delivery (?:failure|error|problem|delay)"
    r"|fail(?:ed|ure) (?:\w+ ){0,3}(?:to )?deliver|did not (?:reach|receive)|not reach"
    r"|returned (?:mail|message|to sender)|message (?:was )?(?:returned|bounced|rejected|refused)"
    r"|non-?deliver|not delivered|failure notice|returning (?:your )?(?:message|mail)"
    r"|address(?:es)?(?:\(es\))? (?:failed|had|could)|errors? (?:was|were|occurred|while|occured)"
    r"|permanent(?:ly)? (?:fatal )?(?:error|fail)|fatal errors|delivery (?:has been )?delayed"
    r"|giving up|mail (?:system )?error|bounce"
    # German, French, Spanish, Italian, Portuguese, Dutch, Polish, Czech, Nordic
    r"|unzustellbar|nicht zugestellt|konnte nicht|nicht erreicht|zustellung"
    r"|n'a pas pu|non remis|impossible de (?:remettre|transmettre|livrer)|non distribu"
    r"|no se (?:ha )?pud|no (?:se )?(?:pudo|puede) (?:ser )?entreg|no entregado|entrega"
    r"|non (?:è stato possibile|recapitat|consegnat)|mancata consegna|impossibile recapitare"
    r"|não (?:pôde|foi possível|entregue)|kon niet|niet worden (?:bezorgd|afgeleverd)"
    r"|nie (?:można|mogła|dostarczon)|nelze doručit|nedoruč|kunde inte|kunne ikke|ei voitu"
    # Russian, Japanese, Chinese, Korean
    r"|не (?:может быть |было |удалось )?доставл|не удалось доставить|недостав"
    r"|送信できません|配信できません|送信に失敗|配信に失敗|届きません|エラー|送れません|配達できません"
    r"|退信|无法投递|無法(?:投遞|傳送|送達)|发送失败|投递失败|배달(?:할 수 없|되지)|전송 ?실패|반송",
    re.IGNORECASE,
)

# One line about one address: a reply code, a status code, or a refusal in words.
_VERDICT = re.compile(
    r"(?<![\d.])[45][0-5]\d[ \-:](?![\d]{3,})|(?<![\d.])[45]\.\d\.\d{1,3}(?![\d.])"
    r"|unknown|no such|not (?:a )?(?:valid|known|found|exist|exists|listed|accept|recogni[sz]ed"
    r"|permitted|allowed|available|registered|active|here|our customer|have an account)"
    r"|(?:does|did|do)(?:n't| not) (?:exist|have|like|appear|match|accept)|isn't|unrout(?:e)?able"
    r"|invalid|illegal|disabled|inactive|expired|suspended|terminated|cancel|closed|discontinued"
    r"|deactivated|over ?quota|quota|mailbox (?:is )?full|full mailbox|is full|exceed|too (?:large|big)"
    r"|reject|refus|denied|blocked|undeliver|failed|failure|unable|cannot|can't|could ?n[o']t"
    r"|time[d ]?[- ]?out|no (?:mailbox|matche?s?|user|account|route)|bad (?:address|destination|user)"
    r"|unavailable|unreachable|deferred|returned|errors?\b|not responding|user doesn|moved|no longer",
    re.IGNORECASE,
)
_DELAY = (
    "warning message only",
    "this is a warning only",
    "this is only a warning",
    "has been delayed",
    "been delayed",
    "is delayed",
    "delivery delayed",
    "delayed mail",
    "(delay)",
    "not yet been delivered",
    "yet to be delivered",
    "still undelivered",
    "still being retried",
    "will be retried",
    "will keep trying",
    "will continue to",
    "continue trying",
    "continues to try",
    "still trying",
    "do not need to resend",
    "don't need to resend",
    "no action is required on your part",
    "could not be delivered yet",
    "transient non-fatal errors",
)
_GIVEN_UP = (
    "given up",
    "giving up",
    "not going to try again",
    "no further",
    "failed permanently",
    "permanent fatal errors",
    "permanent error",
    "could not be delivered for",
)
MAX_VERDICT = 700  # characters of verdict words taken when no address has words of its own


def is_failure(text: str) -> bool:
    """Whether text, in lower case, says that a mail was not delivered (or not yet)."""
    return _FAILURE.search(text) is not None


def says_failure(text: str) -> bool:
    """Whether a line or phrase holds a refusal: a code or words."""
    return _VERDICT.search(text) is not None


def is_delay(notice: Notice) -> bool:
    """Whether the notice only warns: the sender goes on trying."""
    subject = notice.subject.lower()
    if subject.startswith("warning") or any(words in subject for words in _DELAY):
        return True
    low = notice.low
    if any(words in low for words in _GIVEN_UP):
        return False
    return any(words in low for words in _DELAY)


def verdict_words(notice: Notice) -> str:
    """The lines of the notice that hold a refusal, on one line, bounded."""
    kept: list[str] = []
    size = 0
    for line in notice.lines:
        if line and _VERDICT.search(line[:1_000]) is not None:
            kept.append(line[:1_000])
            size += len(line)
            if size > MAX_VERDICT:
                break
    return unfold(" ".join(kept))[:MAX_VERDICT]
