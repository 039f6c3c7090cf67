"""Receipts that are no report: in words and in TNEF."""

import base64
from struct import pack

import pytest

from parsers.read import read
from parsers.report import Action, Disposition, Kind, Reason
from parsers.tnef import message_class


def tnef(name: str, before: int = 1) -> bytes:
    attribute = pack("<BII", 1, 0x00089006, 4) + b"\x00\x00\x01\x00\x01\x00"
    text = name.encode() + b"\x00"
    return (
        b"\x78\x9f\x3e\x22\x01\x00"
        + attribute * before
        + pack("<BII", 1, 0x00078008, len(text))
        + text
        + b"\x00\x00"
    )


def mail(subject: str, text: str, attachment: bytes = b"") -> bytes:
    head = f"From: Nora <nora@example.net>\nTo: ops@example.com\nSubject: {subject}\n"
    if not attachment:
        return f"{head}Content-Type: text/plain; charset=utf-8\n\n{text}\n".encode()
    encoded = base64.encodebytes(attachment).decode()
    return (
        f"{head}In-Reply-To: <m@example.com>\nContent-Type: multipart/mixed; boundary=b\n\n"
        f"--b\nContent-Type: text/plain\n\n{text}\n--b\nContent-Type: application/ms-tnef;"
        f' name="winmail.dat"\nContent-Transfer-Encoding: base64\n\n{encoded}\n--b--\n'
    ).encode()


@pytest.mark.parametrize(
    ("subject", "text", "disposition"),
    [
        ("Read: x", "Your message was read on Monday.", Disposition.DISPLAYED),
        ("Read: x", "The mail you wrote was opened.", Disposition.DISPLAYED),
        ("Lu : x", "Votre message a été lu le 5 octobre.", Disposition.DISPLAYED),
        ("Leído: x", "El mensaje fue leído el lunes.", Disposition.DISPLAYED),
        ("Return Receipt (displayed) - x", "This is a return receipt for your mail.", "displayed"),
        ("Not read: x", "Your message was deleted without being read on Monday", "deleted"),
        ("Nicht gelesen: x", "wurde ungelesen gelöscht", Disposition.DELETED),
        ("已读回执：x", "您发送的邮件已被阅读，详情如下：\n> 主题：x", Disposition.DISPLAYED),
        ("已讀回條: x", "您的郵件已讀取。", Disposition.DISPLAYED),
        ("Confirmation de lecture : x", "Votre message a été lu le 5 octobre.", "displayed"),
        ("Accusé de lecture : x", "Votre message a été ouvert.", Disposition.DISPLAYED),
        ("Accusé de réception (lu) : x", "Votre message a été lu.", Disposition.DISPLAYED),
        ("Empfangsbestätigung (gelesen) - x", "Ihre Mail wurde gelesen.", "displayed"),
        ("Lesebestätigung: x", "Ihre Nachricht wurde am Montag gelesen.", "displayed"),
        ("Ricevuta di lettura: x", "Il messaggio è stato letto.", Disposition.DISPLAYED),
        ("Acuse de lectura: x", "El mensaje ha sido leído.", Disposition.DISPLAYED),
        ("Recibo de leitura: x", "A mensagem foi lida.", Disposition.DISPLAYED),
        ("Potwierdzenie przeczytania: x", "Wiadomość została przeczytana.", "displayed"),
        ("Potvrzení o přečtení: x", "Zpráva byla přečtena.", Disposition.DISPLAYED),
        ("Läskvitto: x", "Ditt meddelande lästes på måndagen.", Disposition.DISPLAYED),
        ("Kvittering for læsning: x", "Din besked blev læst.", Disposition.DISPLAYED),
        ("Lesekvittering: x", "Meldingen ble lest mandag.", Disposition.DISPLAYED),
        ("Olvasási visszaigazolás: x", "Üzenetét elolvasták.", Disposition.DISPLAYED),
        ("Lukukuittaus: x", "Viestisi luettiin maanantaina.", Disposition.DISPLAYED),
        ("Уведомление о прочтении: x", "Сообщение прочитано.", Disposition.DISPLAYED),
        ("Okundu bilgisi: x", "İletiniz okundu.", Disposition.DISPLAYED),
        ("開封通知: x", "メールは開封されました。", Disposition.DISPLAYED),
        ("수신 확인: x", "메일을 읽었습니다.", Disposition.DISPLAYED),
        ("Уведомление о прочтении письма: x", "Ваше письмо было прочитано.", "displayed"),
        ("Подтверждение прочтения: x", "Сообщение было прочитано.", Disposition.DISPLAYED),
        ("Lesebestätigung für: x", "Ihre E-Mail wurde am 5.10.2026 geöffnet.", "displayed"),
        ("Confirmación de lectura de Nora - x", "Tu mensaje fue leído.", "displayed"),
        ("Leído por Nora: x", "Su mensaje ha sido leído.", Disposition.DISPLAYED),
        ("Accusé de réception: x", "Le message envoyé lundi a bien été lu.", "displayed"),
        ("Notification de lecture : x", "Votre message a été lu.", Disposition.DISPLAYED),
        ("Message lu: x", "Votre message a été affiché.", Disposition.DISPLAYED),
        ("Conferma lettura: x", "Il tuo messaggio è stato letto.", Disposition.DISPLAYED),
        ("Απόδειξη ανάγνωσης: x", "Το μήνυμά σας διαβάστηκε.", Disposition.DISPLAYED),
        ("Return Receipt: x", "Your message has been received and displayed.", "displayed"),
        ('Delivery Notification for: "x"', "Your message about x has been read.", "displayed"),
        (
            "Disposition Notification",
            'The message with subject "x" has been displayed.',
            "displayed",
        ),
        ("Read-Receipt: x", "The message has been displayed.", Disposition.DISPLAYED),
        ("Read receipt", "Nora opened your message on Monday", Disposition.DISPLAYED),
        ("Seen: x", "Your email was seen by nora@example.net.", Disposition.DISPLAYED),
        ("Message read: x", "nora@example.net has read your message.", Disposition.DISPLAYED),
        # Thunderbird's, of which a gateway left the text
        (
            "Ricevuta di ritorno (visualizzato) - x",
            "Questa è una ricevuta di ritorno.",
            "displayed",
        ),
        ("Recibo de retorno (exibido) - x", "Este é um recibo de retorno.", "displayed"),
        ("Ontvangstbevestiging (weergegeven) - x", "Dit is een ontvangstbevestiging.", "displayed"),
        ("Potwierdzenie odbioru (wyświetlona): x", "To jest potwierdzenie odbioru.", "displayed"),
        ("Doručenka (zobrazeno) - x", "Toto je doručenka k vaší zprávě.", Disposition.DISPLAYED),
        ("Mottagningskvitto (visat) - x", "Detta är ett kvitto.", Disposition.DISPLAYED),
        ("Kvittering (vist) - x", "Dette er en kvittering.", Disposition.DISPLAYED),
        ("Vastaanottokuittaus (näytetty) - x", "Tämä on vastaanottokuittaus.", "displayed"),
        ("開封確認 (表示済み) - x", "これは送信したメールの開封確認です。", Disposition.DISPLAYED),
        ("回执 (已显示) - x", "这是您发送的邮件的回执。", Disposition.DISPLAYED),
        ("回條（已顯示）- x", "這是您寄出郵件的回條。", Disposition.DISPLAYED),
        ("Lesebestätigung (angezeigt): x", "Dies ist eine Empfangsbestätigung.", "displayed"),
        ("x", "This Return Receipt only acknowledges that the message was displayed.", "displayed"),
        ("x", "This is no guarantee that the message has been read or understood.", "displayed"),
        # the text is believed where it is the less
        ("Read: x", "It was opened by a filter, and deleted without being read.", "deleted"),
    ],
)
def test_receipts_in_words(subject: str, text: str, disposition: str) -> None:
    report = read(mail(subject, text))
    assert report.kind is Kind.MDN
    assert report.recipients[0].disposition == disposition
    assert report.recipients[0].refused is False
    assert report.recipients[0].reason is Reason.DELIVERED


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Read: this book", "It is good."),
        ("Not read: x", "I was read the riot act."),
        ("Empfangsbestätigung: x", "Wir haben Ihre Nachricht erhalten."),
        ("Potwierdzenie odbioru: x", "Dziękujemy za wiadomość, to jest potwierdzenie odbioru."),
        ("Kvittering (ordre 17) - x", "Dette er en kvittering for dit køb."),
        ("Re: x", "Yes. It was displayed on the screen all day."),
        ("Re: x", "Thanks!\n\n> This is no guarantee that the message has been read."),
        ("Accusé de réception : x", "Nous avons bien reçu votre message."),
        ("hello", "Your message was read on Monday."),
    ],
)
def test_one_sign_is_not_enough(subject: str, text: str) -> None:
    assert read(mail(subject, text)).kind is not Kind.MDN


@pytest.mark.parametrize(
    ("name", "disposition", "action"),
    [
        ("IPM.Microsoft Mail.Read Receipt", Disposition.DISPLAYED, None),
        ("REPORT.IPM.Note.IPNRN", Disposition.DISPLAYED, None),
        ("REPORT.IPM.Note.IPNNRN", Disposition.DELETED, None),
        ("REPORT.IPM.Note.DR", None, Action.DELIVERED),
    ],
)
def test_receipts_in_tnef(
    name: str, disposition: Disposition | None, action: Action | None
) -> None:
    report = read(mail("x", "see attachment", tnef(name)))
    assert report.detector == "tnef"
    assert report.recipients[0].disposition is disposition
    assert report.recipients[0].action is action
    assert report.original_message_id == "m@example.com"


def test_an_ordinary_tnef_mail_is_no_receipt() -> None:
    assert read(mail("x", "hello", tnef("IPM.Note"))).kind is Kind.REPLY
    assert read(mail("x", "hello", b"no tnef at all")).kind is Kind.REPLY


@pytest.mark.parametrize(
    "raw",
    [b"", b"\x78\x9f\x3e\x22\x01\x00", tnef("x")[:20], tnef("x", before=500), tnef("x")[:-5]],
)
def test_broken_tnef_is_bounded(raw: bytes) -> None:
    assert message_class(raw) in {"", "x"}
    huge = b"\x78\x9f\x3e\x22\x01\x00" + pack("<BII", 1, 1, 0xFFFFFFFF)
    assert message_class(huge) == ""
