"""The grammar in languages of Europe. Accents do not count.

Owns phrases as grammar.py does. Must hold data only.
"""

from parsers.codes.phrases.grammar import Crossing
from parsers.codes.words import Strength
from parsers.report import Reason

__all__ = ["CROSSINGS"]

_D = Strength.DECISIVE

CROSSINGS: tuple[Crossing, ...] = (
    # German
    Crossing(
        Reason.USERUNKNOWN,
        _D,
        "empfanger / benutzer / postfach / mailbox / konto / adresse / mailadresse"
        " / empfangeradresse / teilnehmer",
        "unbekannt / ist unbekannt / nicht bekannt / ist nicht bekannt / nicht gefunden"
        " / wurde nicht gefunden / konnte nicht gefunden werden / existiert nicht"
        " / existiert nicht mehr / nicht vorhanden / ist nicht vorhanden / ungultig / ist ungultig"
        " / gibt es nicht / wurde geloscht",
    ),
    Crossing(
        Reason.MAILBOXFULL,
        _D,
        "postfach / mailbox / posteingang",
        "voll / ist voll / ist uberfullt / uberfullt / hat keinen platz mehr / ist zu voll"
        " / hat die maximale / ist derzeit voll",
    ),
    Crossing(
        Reason.SUSPEND,
        _D,
        "postfach / mailbox / konto / benutzerkonto / benutzer",
        "gesperrt / ist gesperrt / wurde gesperrt / deaktiviert / ist deaktiviert"
        " / wurde deaktiviert / ist nicht aktiv / ist inaktiv",
    ),
    Crossing(
        Reason.HOSTUNKNOWN,
        _D,
        "domain / domane / host / rechner / server",
        "unbekannt / ist unbekannt / nicht gefunden / wurde nicht gefunden / existiert nicht"
        " / konnte nicht gefunden werden / konnte nicht aufgelost werden",
    ),
    # French
    Crossing(
        Reason.USERUNKNOWN,
        _D,
        "utilisateur / destinataire / compte / adresse / boite / boite aux lettres",
        "inconnu / inconnue / est inconnu / est inconnue / introuvable / est introuvable"
        " / inexistant / inexistante / est inexistant / est inexistante / nexiste pas"
        " / nexiste plus / non trouve / non trouvee / invalide / est invalide / a ete supprime"
        " / a ete supprimee",
    ),
    Crossing(
        Reason.MAILBOXFULL,
        _D,
        "boite / boite aux lettres / messagerie / boite de reception / boite mail",
        "pleine / est pleine / saturee / est saturee / a depasse son quota / a atteint sa limite",
    ),
    Crossing(
        Reason.SUSPEND,
        _D,
        "compte / boite / boite aux lettres / utilisateur",
        "desactive / desactivee / est desactive / est desactivee / suspendu / suspendue"
        " / est suspendu / est suspendue / bloque / est bloque / inactif / est inactif / ferme",
    ),
    # Spanish and Portuguese
    Crossing(
        Reason.USERUNKNOWN,
        _D,
        "usuario / destinatario / buzon / cuenta / direccion / casilla / conta / endereco"
        " / caixa postal / utilizador",
        "desconocido / desconocida / no existe / inexistente / no encontrado / no encontrada"
        " / no valido / no valida / no es valida / invalido / invalida / no fue encontrado"
        " / no fue encontrada / no se encuentra / desconhecido / desconhecida / nao existe"
        " / nao encontrado / nao encontrada / nao foi encontrado / nao foi encontrada",
    ),
    Crossing(
        Reason.MAILBOXFULL,
        _D,
        "buzon / bandeja de entrada / casilla / caixa postal / caixa de correio / caixa de entrada",
        "lleno / llena / esta lleno / esta llena / ha superado su cuota / sin espacio / cheia"
        " / esta cheia / excedeu a cota / excedeu o limite",
    ),
    Crossing(
        Reason.SUSPEND,
        _D,
        "usuario / cuenta / buzon / casilla / conta / caixa postal",
        "inactivo / inactiva / esta inactivo / esta inactiva / esta en estado inactivo"
        " / suspendido / suspendida / esta suspendida / desactivado / desactivada / bloqueado"
        " / bloqueada / esta bloqueada / ha expirado / inativo / inativa / esta inativa / suspensa"
        " / desativado / desativada / expirou",
    ),
    # Italian
    Crossing(
        Reason.USERUNKNOWN,
        _D,
        "utente / destinatario / casella / indirizzo / account",
        "sconosciuto / sconosciuta / inesistente / non esiste / non trovato / non trovata"
        " / non valido / non valida / non e valido / non e stato trovato",
    ),
    Crossing(
        Reason.SUSPEND,
        _D,
        "utente / casella / account / indirizzo",
        "sospeso / sospesa / e sospeso / disabilitato / disabilitata / disattivato / disattivata"
        " / bloccato / bloccata / e bloccato per inutilizzo / e stato disattivato / inattivo"
        " / inattiva / scaduto / scaduta",
    ),
    # Dutch
    Crossing(
        Reason.USERUNKNOWN,
        _D,
        "gebruiker / ontvanger / geadresseerde / adres / mailbox / postbus",
        "onbekend / is onbekend / bestaat niet / bestaat niet meer / niet gevonden"
        " / is niet gevonden / kan niet worden gevonden / is ongeldig / ongeldig",
    ),
    # Russian
    Crossing(
        Reason.USERUNKNOWN,
        _D,
        "пользователь / получатель / адресат / адрес / почтовый ящик / ящик / аккаунт",
        "не найден / не существует / неизвестен / не зарегистрирован / отсутствует / удален",
    ),
    Crossing(
        Reason.MAILBOXFULL,
        _D,
        "ящик / почтовый ящик / почтовый ящик получателя",
        "переполнен / заполнен / полон",
    ),
    # Polish
    Crossing(
        Reason.USERUNKNOWN,
        _D,
        "uzytkownik / odbiorca / adresat / adres / konto / skrzynka",
        "nieznany / nie istnieje / nie zostal znaleziony / nieznaleziony / nie znaleziono"
        " / jest nieprawidlowy / nieprawidlowy",
    ),
    Crossing(
        Reason.SUSPEND,
        _D,
        "konto / skrzynka / uzytkownik",
        "zablokowane / jest zablokowane / zablokowana / jest zablokowana / nieaktywne"
        " / jest nieaktywne / nieaktywna / zablokowany / nieaktywny / wygaslo / zawieszone",
    ),
)
