"""The words with which programs acknowledge mail or challenge its sender: data.

Owns the words only. Must not decide what a message is: autoreply.py does. A person says
"we have received your mail" too, so most of these want company. The phrases are lower
case, for texts that went through alike().
"""

import re

from parsers.mime.texts import alike
from parsers.phrases import Signs

__all__ = [
    "ACKNOWLEDGED",
    "ACKNOWLEDGES",
    "CALLS_ITSELF",
    "OF_TICKETS",
    "SURE_ACKNOWLEDGEMENT",
    "SURE_CHALLENGE",
    "TAGGED",
]

# fields of ticket systems, which their people's answers have as well
OF_TICKETS = frozenset(
    (
        "rt-ticket",
        "x-rt-loop-prevention",
        "x-otrs-loop",
        "x-zendesk-from-account-id",
        "x-servicenow-generated",
        "x-jira-fingerprint",
        "x-freshdesk-ticket-id",
        "x-fd-ticket-id",
        "x-helpscout-conversation-id",
        "x-redmine-host",
        "x-request-tracker",
        "x-glpi-itemtype",
        "x-sn-email-id",
        "x-kayako-ticket",
        "x-intercom-bin",
        "x-zammad-ticket-id",
    )
)

# the number that a ticket system puts into its subjects
TAGGED = re.compile(
    r"[\[(#](?:[A-Za-z][\w .-]{0,30}[ #:-])?#?[\w-]{0,16}\d{3,}|\b[A-Z]{2,8}-\d{2,}\b"
)
# the beginnings of subjects; an answer of a person keeps ours, with "Re:" before it
ACKNOWLEDGED = re.compile(
    r"\s{0,4}(?:[\[【(][^\]】)\n]{1,40}[\]】)]:?\s{0,2})?[\[【(]?(?:"
    r"(?:ticket|request|case|message|enquiry|inquiry|e-?mail) (?:has been )?"
    r"(?:received|created|opened|registered)"
    r"|(?:support )?ticket (?:opened|created)|new (?:support )?(?:ticket|case) (?:opened|created)"
    r"|(?:your|a) (?:new )?(?:support )?(?:request|message|e-?mail|ticket|case|inquiry|enquiry)\b"
    r"[^\n]{0,60}"
    r"\b(?:has been|was|is) (?:received|created|opened|registered|logged|submitted)"
    r"|(?:inc|req|ritm|case|ticket|cs)[ #:-]{0,2}\d{4,}\b[^\n]{0,40}(?:has been|was|is|-) "
    r"?(?:received|created|opened|registered|logged)"
    r"|(?:ticket|case|request|incident|vorgang|anfrage|störung|demande|dossier|incidencia|caso"
    r"|solicitud|consulta|richiesta|segnalazione|chamado|pedido|melding|ärende|sag|henvendelse"
    r"|zgłoszenie|požadavek|tiket|заявка|обращение|запрос|заявку)\b[ :]{0,2}(?:nr\.?|no\.?"
    r"|n[°ºr]|id|№)?"
    r"[ :#(\[]{0,3}[\w-]{0,12}\d{2,}[^\n]{0,40}?\b(?:wurde|ist|abert|opened|created|logged|received"
    r"|registered|has been|is|was|est|a été|ha sido|è|foi|creat|cread|abiert|registr|angelegt"
    r"|eröffnet"
    r"|erstellt|geregistreerd|aangemaakt|oprettet|skapa|zarejestr|przyj|zaregistr|vytvoř|принят"
    r"|созда"
    r"|зарегистр)"
    r"|automati(?:sche|c|que|co|ca|sk|skt|scher)? (?:eingangs|empfangs|ontvangst)?(?:bevestiging"
    r"|bestätigung"
    r"|confirmation"
    r"|kvittering|bekräftelse|bekreftelse|conferma|confirmación|confirmação)"
    r"|we(?:.ve| have)? (?:got|received) (?:your|it)|thanks? (?:you )?for"
    r" (?:contacting|reaching out|getting in touch|writing)"
    r"|(?:automatic |auto )?acknowledge?ment|confirmation of receipt"
    r"|eingangsbestätigung"
    r"|(?:ihre|deine) (?:anfrage|nachricht|mitteilung|e-?mail) (?:ist|wurde|haben)"
    r"|ticket (?:eröffnet|erstellt|angelegt)|wir haben ihre"
    r"|accusé de réception|nous avons (?:bien )?(?:reçu|pris en compte)|votre (?:demande"
    r"|message) a (?:bien )?été"
    r"|acuse de recibo|confirmación de rec|hemos recibido|su (?:solicitud|consulta"
    r"|mensaje) (?:ha|fue)"
    r"|conferma (?:di )?(?:ricezione|ricevimento)|abbiamo ricevuto|(?:richiesta )?(?:ricevuta"
    r"|presa in carico)"
    r"|confirmação de rece(?:bimento|ção)|recebemos (?:a )?(?:sua|seu|o seu)"
    r"|ontvangstbevestiging|bevestiging (?:van )?ontvangst|(?:we|wij) hebben uw|uw (?:bericht"
    r"|aanvraag|vraag) is"
    r"|mottagningsbekräftelse|(?:bekreftelse|bekräftelse|bekræftelse) (?:på|av|af)"
    r"|vi har (?:mottagit|tagit emot|modtaget|mottatt)|kvittering for"
    r"|kuittaus|viestisi on vastaanotettu|potwierdzenie (?:otrzymania|odbioru|przyjęcia|zgłoszenia)"
    r"|potvrzení (?:o )?(?:přijetí|doručení)|potvrdenie (?:o )?prijat|visszaigazolás"
    r"|ваш[еа] (?:обращение|заявка|письмо|запрос)|заявка (?:№|принята|зарегистр)"
    r"|подтверждение (?:получения|о получении)|ваш запит|ваше звернення"
    r"|talebiniz|mesajınız (?:alın|bize)|επιβεβαίωση λήψης|confirmare de primire|am primit"
    r"|(?:お?問い?合わ?せ|受付)[^\n]{0,20}(?:受付|受け付け|完了|ありがとう)|受付完了"
    r"|(?:我们)?已(?:收到|受理)|您的(?:工单|请求|問題|问题)|[^\n]{0,30}접수(?:되었|완료| 완료)"
    r"|(?:문의|접수)[^\n]{0,20}(?:접수|완료)"
    r"|konfirmasi penerimaan|xác nhận (?:đã )?nhận|ได้รับ(?:ข้อความ|อีเมล|คำขอ)"
    r"|אישור קבלה|פנייתך|تأكيد استلام|تم استلام)",
    re.IGNORECASE,
)


def _signs(phrases: str) -> Signs:
    """Phrases that are parted by bars."""
    return Signs(alike(phrase.strip()) for phrase in phrases.split("|"))


# an answer's program speaks, or a notice of ours that somebody quotes without a mark
CALLS_ITSELF = _signs(
    "cannot be replied to | nicht zum empfang | dient nur dem versand | ne répondez pas |"
    "kan ikke svare på |"
    "ei voi vastata | 返信できません | 返信はできません | 返信いただいても |"
    "automated message | automatic message | automated e-mail | automated email |"
    "automated mail | automatic e-mail | automatic email | automated response |"
    "automatic response | automated reply | automatic reply | auto-reply | auto reply |"
    "autoreply | auto-response | auto response | auto-generated | automatically generated |"
    "generated automatically | system generated | system-generated | sent automatically |"
    "do not reply to this | please do not reply | do not respond to this |"
    "automated acknowledg | automatic acknowledg | sent from an unmonitored |"
    "automatische nachricht | automatische antwort | automatisch erstellt |"
    "automatisch generiert | automatisch erzeugt | automatisch versand | automatische e-mail |"
    "automatische mail | automatische eingangs | automatische empfangs | nicht auf diese |"
    "bitte antworten sie nicht |"
    "message automatique | courriel automatique | mail automatique | réponse automatique |"
    "généré automatiquement | envoyé automatiquement | ne pas y répondre | ne pas répondre |"
    "mensaje automático | correo automático | respuesta automática | mensaje generado auto |"
    "generado automáticamente | enviado automáticamente | no responda a este | no responda |"
    "no respondas | missatge automàtic | resposta automàtica | generat automàticament |"
    "mezu automatikoa | erantzun automatikoa |"
    "messaggio automatico | risposta automatica | e-mail automatica | email automatica |"
    "generato automaticamente | generata automaticamente | inviato automaticamente |"
    "non rispondere a quest | si prega di non rispondere |"
    "mensagem automática | resposta automática | e-mail automático | email automático |"
    "gerada automaticamente | gerado automaticamente | não responda |"
    "favor não responder |"
    "automatisch bericht | automatisch antwoord | automatische antwoord |"
    "automatisch gegenereerd | automatisch verzonden | niet op deze | automatische ontvangst |"
    "automatische bevestiging | automatisch verstuurd |"
    "automatiskt meddelande | automatiskt svar | automatiskt genererat | autosvar |"
    "automatisk besked | automatisk svar | automatisk melding | automatisk generer |"
    "automatisk meddelelse | automaattinen | automaattisesti | sjálfvirk |"
    "wiadomość automatyczn | wiadomość została wygenerowana | automatyczna odpowiedź |"
    "wygenerowana automatycznie | wygenerowany automatycznie | prosimy nie odpowiadać |"
    "prosimy na nią nie odpowiadać | automatická zpráva | automatická odpověď |"
    "automaticky generovan | automaticky vygenerov | automatická správa | automatická odpoveď |"
    "neodpovídejte | neodpovedajte | automatski odgovor | automatski gener |"
    "automatska poruka | samodejni odgovor | samodejno | аутоматски одговор |"
    "автоматическое сообщение | автоматический ответ | автоматическое уведомление |"
    "сформировано автоматически | создано автоматически | отправлено автоматически |"
    "не отвечайте на | автоматична відповідь | автоматичне повідомлення | автоматично |"
    "автоматичен отговор | автоматично съобщение |"
    "automatikus válasz | automatikus üzenet | automatikusan | ne válaszoljon |"
    "automaatvastus | automaatne | automātisk | automatinis | automatiškai | αυτόματο μήνυμα |"
    "αυτόματη απάντηση | mesaj automat | răspuns automat | generat automat | otomatik mesaj |"
    "otomatik yanıt | otomatik cevap | otomatik olarak | lütfen bu e-postay | lütfen bu mesaj |"
    "lütfen yanıtlamay |"
    "自動送信 | 自動返信 | 自動応答 | 自動配信 | 自動で送信 | 自動的に送信 | 自动回复 |"
    "自動回覆 | 自动答复 | 自动发送 | 系统自动 | 系統自動 |"
    "自动生成 | 请勿回复 | 請勿回覆 | 请勿直接回复 | 자동 응답 | 자동응답 | 자동 회신 |"
    "자동 발송 | 자동으로 | 발신 전용 | 발신전용 |"
    "trả lời tự động | thư tự động | email tự động | tự động | อัตโนมัติ | balasan otomatis |"
    "pesan otomatis | email otomatis | dikirim otomatis | הודעה אוטומטית | מענה אוטומטי |"
    "תשובה אוטומטית | נא לא להשיב | رسالة تلقائية | رسالة آلية | رد تلقائي | رد آلي |"
    "پاسخ خودکار | स्वचालित"
)

# who writes so has a program that opens tickets or a mailbox that is read in turns
ACKNOWLEDGES = _signs(
    "receiving attention | ha quedado registrad | usually respond within |"
    "usually reply within | higher volume of | high volume of |"
    "bien parvenu |"
    "thanks for reaching out | opened a ticket | we will be in touch within | averci contattato |"
    "sehr viele anfragen | sachstandsanfragen | melden uns innerhalb | antworten innerhalb |"
    "has been assigned to | getting in touch with us | thank you for writing to |"
    "thank you for contacting |"
    "serviceteam zugeleitet | bearbeitet ihr anliegen | bearbeiten ihr anliegen | danke für ihre |"
    "vielen dank für ihre | wurde registriert | remercions de votre | remercions pour votre |"
    "pris en compte votre | en cours de traitement | ponerse en contacto con nosotros |"
    "ha llegado a nuestro | orden de llegada | protocollato | in lavorazione | seu contato |"
    "sua mensagem foi | bij ons binnen | fått ditt mejl | fått ditt mail | takk for henvendelsen |"
    "er registrert | din henvendelse | käsitellään | dziękujemy za wiadomość |"
    "dziękujemy za kontakt |"
    "děkujeme za váš | děkujeme za vaši | rögzítettük | зарегистрирован | дякуємо за звернення |"
    "прийнято в роботу | благодарим ви за | регистриран | înregistrat | καταχωρήθηκε |"
    "επικοινωνήσουμε |"
    "kayda alın | başvurunuz | ghi nhận | được tiếp nhận | telah menghubungi | telah dibuat |"
    "התקבלה | تسجيل طلبك | 순차적으로 | 回复您 |"
    "ist eingegangen | has reached us | est bien arrivé | nous est parvenu | ci è pervenut |"
    "nos ha llegado | goed ontvangen | bylo doručeno | dotarła do nas | поступило |"
    "we have received your | we've received your | we received your | we got your |"
    "acknowledge that we have received | acknowledge receipt | acknowledges receipt |"
    "has been received | was received by | have been received | has been registered |"
    "has been logged | has been assigned | has been created | has been opened | ticket number |"
    "ticket id | case number | reference number | a ticket has been | be reviewing your |"
    "get back to you as soon | respond to you as soon | respond as soon as | reply within |"
    "respond within | answer within | thank you for contacting | thanks for contacting |"
    "thanks for reaching out | no need to reply | nachricht erhalten | anfrage erhalten |"
    "mail erhalten | bei uns eingegangen | schnellstmöglich | so schnell wie möglich |"
    "so bald wie möglich | ticketnummer | vorgangsnummer | bien reçu votre |"
    "accusons réception | a bien été | dans les meilleurs délais | plus brefs délais |"
    "numéro de dossier | numéro de ticket | hemos recibido su | hemos recibido tu |"
    "ha sido registrad | ha sido recibid | a la mayor brevedad | gracias por contactar |"
    "lo antes posible | abbiamo ricevuto | è stata ricevuta | è stato ricevuto |"
    "presa in carico | preso in carico | al più presto | quanto prima | recebemos a sua |"
    "recebemos o seu | recebemos sua | recebemos seu | foi registrad | foi recebid |"
    "o mais breve | o mais rápido | número do protocolo | hebben uw | goede orde |"
    "zo spoedig mogelijk | zo snel mogelijk | har mottagit | har tagit emot | har modtaget |"
    "har mottatt | så snart som | hurtigst | så snart vi | olemme vastaanottaneet |"
    "on vastaanotettu | mahdollisimman pian | otrzymaliśmy | zgłoszenie | najszybciej |"
    "obdrželi | přijali jsme | co nejdříve | zaregistrován | prijali sme | čo najskôr |"
    "обращение | ваша заявка | заявка | получили ваше | получено | в ближайшее время |"
    "ваше звернення | отримали ваш | получихме | megkaptuk | megérkezett | hamarosan | λάβαμε |"
    "am primit | talebiniz | mesajınız | primili smo | zaprimljen | prejeli smo | 受け付け |"
    "受付 |"
    "お問い合わせ | 已收到 | 收到您 | 工单 | 尽快 | 접수 | 문의 | đã nhận được |"
    "ได้รับข้อความ | ได้รับอีเมล |"
    "telah kami terima | kami terima | קיבלנו את | פנייתך | استلمنا | تم استلام | تلقينا"
)

# nobody who answers writes so of himself
SURE_ACKNOWLEDGEMENT = _signs(
    "you'll hear from us within | you will hear from us within | hear back from us within |"
    "passed it to the right team | passed to the relevant team | due to high volumes |"
    "high volume of e | we aim to reply | we aim to respond | aim to get back to | aim to answer |"
    "usual reply time | usually reply in | usually reply within | typically reply |"
    "typically respond | someone will be in touch | someone from our team |"
    "someone will get back to you | member of our team will | member of the team will |"
    "an agent will | a representative will | our support staff | support representative |"
    "one of our agents | one of our team | one of our representatives |"
    "keep this number in the subject | ticket number in the subject | case number in the subject |"
    "above this line | will be answered in the order | in the order it was received |"
    "in the order received | your email is important to us | your message is important to us |"
    "ein mitarbeiter wird | unsere mitarbeiter werden | unser team wird sich |"
    "unser support-team | oberhalb dieser linie | un de nos conseillers | un conseiller vous |"
    "nos équipes vous | uno de nuestros agentes | un agente se | nuestro equipo se pondrá |"
    "un nostro operatore | un nostro addetto | il nostro team la | um de nossos |"
    "nossa equipe | een van onze medewerkers | streven ernaar | onze medewerkers zullen |"
    "en av våra medarbetare | en af vores medarbejdere | nasz konsultant | nasz zespół |"
    "náš tým | náš operátor | munkatársunk | специалист свяжется | наш специалист |"
    "оператор свяжется | специалисты свяжутся | наш менеджер свяжется |"
    "担当者よりご連絡 | 担当者より回答 | 担当よりご連絡 | 客服人员 | 工作人员会 |"
    "客服专员 | 담당자가 |"
    "temsilcimiz | en kısa sürede dönüş | nhân viên của chúng tôi | เจ้าหน้าที่จะ |"
    "tim kami akan | سيتم الرد عليك | سيقوم فريق | נציג יחזור | נציג שירות"
)

# nobody asks so by hand; of a program without any header that says so
SURE_CHALLENGE = _signs(
    "spam guard of | without changing the subject to have it | you're human | you're a human |"
    "you are human | you are a human | you are not a robot | you're not a robot | not a robot |"
    "als absender zu bestätigen | als absender bestätigen | einmalig auf den folgenden link |"
    "captcha | type the letters | unknown sender and | sender verification |"
    "verify your email address to deliver | confirmer que vous êtes | confirmer votre identité |"
    "no es un robot | no eres un robot | que es humano | não é um robô | non sei un robot |"
    "geen robot bent | kein roboter | nie jesteś robotem | не робот | 迷惑メール対策のため |"
    "legitimate sender | only need to do this once | only have to do this once |"
    "do this just once | allowed senders | approved senders | my guest list |"
    "to have this and future messages |"
    "чтобы оно было доставлено | protecting myself from receiving junk |"
    "to control spam, i now allow |"
    "senders i have approved | has been waitlisted | was waitlisted | is being held because |"
    "to release your message for delivery | confirm that you are a human |"
    "prove you are human | prove that you are human | prove that you are a human |"
    "you are not a spammer | verify that you are a human | verify you are human |"
    "not on my approved | your message will be delivered once |"
    "your message will be delivered as soon as you | in order to deliver your message |"
    "before your message can be delivered | this one-time | one time confirmation |"
    "one-time confirmation | challenge-response | para que sua mensagem seja |"
    "confirme seu envio | para que su mensaje sea entregado | para que tu mensaje sea |"
    "nicht in meinem adressbuch stehen | damit ihre nachricht zugestellt |"
    "dann wird ihre nachricht zugestellt | pour que votre message soit |"
    "afin que votre message soit | votre message sera remis dès | affinché il suo messaggio |"
    "affinché il messaggio | чтобы ваше письмо было доставлено | подтвердите отправку |"
    "подтвердите, что вы не робот | aby wiadomość została dostarczona |"
    "om uw bericht af te leveren"
)
