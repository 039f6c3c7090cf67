"""The same things in the languages of Europe, one block a language or family.

Must hold data only: table.py says how a table is read. Accents do not count.
"""

from parsers.codes.phrases.table import lines

__all__ = ["ROWS"]

ROWS = lines(
    """
# German: GMX, web.de, T-Online, Exchange, Domino
userunknown!: unbekannt oder mailbox / unbekannt oder postfach / unbekannt oder deaktiviert
userunknown: empfanger unbekannt / empfanger ist unbekannt / empfanger sind unbekannt
    empfangername wurde nicht erkannt / name des empfangers wurde nicht erkannt
    folgende * unbekannt / unbekannter empfanger / benutzer unbekannt
    unbekannter benutzer / empfanger existiert nicht / empfanger nicht gefunden
    empfangeradresse existiert nicht / benutzer existiert nicht / benutzer nicht gefunden
    postfach existiert nicht / adresse existiert nicht / adresse wurde nicht gefunden
    adresse nicht gefunden / empfangeradresse ist ungultig
    adresse ist unbekannt / adresse unbekannt / kein solcher benutzer / kein postfach
    teilnehmer unbekannt / wurde beim empfangersystem nicht gefunden
    in der zieldomane nicht gefunden / nicht im domino verzeichnis
    nicht in domino verzeichnis aufgefuhrt / im offentlichen namen * adressbuch nicht gefunden
    nicht im adressbuch / existiert unter dieser adresse nicht
    empfaenger unbekannt / empfaenger ist unbekannt / unbekannter empfaenger
    empfaenger existiert nicht / empfaenger nicht gefunden / adresse ungueltig
    adresse ist ungueltig / ungueltige adresse / ungultige adresse / ungueltiger empfaenger
    ungultiger empfanger / ist hier nicht bekannt / ist hier unbekannt
    kein benutzer mit diesem / mailbox nicht verfugbar
mailboxfull: postfach voll / postfach ist voll / mailbox voll
    mailbox ist voll / postfach uberfullt / postfach ist uberfullt / speicherplatz erschopft
    speicherplatz uberschritten / speicherplatz ist erschopft / quota uberschritten
    speicherkontingent / speicherlimit / postfachgrosse uberschritten
    postfach hat die maximale
    ueberfuellt / speicherplatz ueberschritten / speicherplatz erschoepft
    speicherplatz ist erschoepft / speichervolumen / speicherplatz * ausgeschopft
    speicherplatz * ausgeschoepft / keinen freien speicherplatz / kein freier speicherplatz
    nicht genugend speicherplatz im postfach / nicht genuegend speicherplatz im postfach
suspend: postfach gesperrt / konto gesperrt / account gesperrt / deaktiviert
    postfach ist gesperrt
hasmoved: neue e mail adresse lautet / adresse hat sich geandert / neue adresse lautet
    adresse geandert
hostunknown: domain existiert nicht / domane existiert nicht / domane wurde nicht gefunden
    domain unbekannt / host unbekannt / domain nicht gefunden
mesgtoobig: nachricht ist zu gross / nachricht zu gross / mail ist zu gross / maximale grosse
    nachrichtengrosse
spamdetected: als spam / spamverdacht / spam verdacht
expired?: zeituberschreitung / zustellversuche / noch nicht zugestellt / verzogert
    antwortet nicht
filtered?: vom empfanger abgelehnt / empfanger nimmt keine / annahme verweigert
policyviolation?: richtlinien

# French: Orange, La Poste, SFR, Free, Exchange
userunknown!: inconnu ou boite / inconnu ou desactive / inconnue ou desactivee
mailboxfull: boite du destinataire pleine
userunknown: messagerie * introuvable / destinataire inconnu / utilisateur inconnu
    nom du destinataire nest pas reconnu
    destinataire invalide / destinataire inexistant / adresse inconnue / adresse inexistante
    boite aux lettres inconnue / boite inexistante / compte inexistant / compte inconnu
    nexiste pas / adresse e mail introuvable / adresse introuvable / destinataire introuvable
    adresse du destinataire incorrecte / adresse incorrecte / aucun utilisateur
    introuvable dans le domaine de destination / non repertorie dans lannuaire
    pas repertorie dans
    utilisateur non trouve
mailboxfull: boite pleine / boite aux lettres pleine / boite aux lettres est pleine
    boite de reception pleine / boite de reception est pleine / messagerie pleine
    quota depasse / depasse son quota / depassement de quota / espace disque insuffisant
    boite aux lettres du destinataire etant pleine / boite mail pleine / boite est pleine
suspend: boite du destinataire archivee / compte suspendu / compte desactive / boite desactivee
    compte destinataire suspendu / compte bloque / boite suspendue / compte ferme
hasmoved: changement dadresse / nouvelle adresse est / a change dadresse / mon adresse a change
hostunknown: domaine inconnu / domaine inexistant / hote inconnu / domaine introuvable
    nom de domaine nexiste pas / le domaine nexiste pas
blocked: ip source bloquee / adresse ip bloquee / votre adresse ip / votre serveur / liste noire
    connexion refusee
systemerror?: service refuse / service indisponible / reessayer plus tard / essayer plus tard
toomanyconn: trop de connexions / trop de destinataires
spamdetected: courrier indesirable / message indesirable / pourriel
mesgtoobig: message trop gros / trop volumineux / taille maximale
    taille du message
expired?: delai depasse / ne repond pas / delai dattente / a ete retarde / tentatives de remise
filtered?: refuse par le destinataire / destinataire a refuse / rejete par le destinataire

# Spanish and Portuguese: Terra, UOL, Telefonica, Exchange
userunknown: usuario desconocido / usuario no existe
    endereco de email inserido nao foi encontrado
    no se reconoce el nombre del destinatario / nome do destinatario nao e reconhecido
    usuario inexistente / destinatario desconocido / destinatario no existe
    destinatario inexistente / buzon no existe / buzon inexistente / cuenta no existe
    cuenta inexistente / direccion no existe / direccion de correo no existe
    direccion desconocida / direccion invalida / direccion no valida
    no se encontro la direccion / no se encontro el usuario / no se ha encontrado la direccion
    no se ha encontrado al destinatario / no existe el usuario / destinatario desconhecido
    usuario desconhecido / usuario nao existe / usuario nao encontrado / utilizador desconhecido
    conta nao existe / conta inexistente / destinatario nao existe / destinatario nao encontrado
    endereco nao existe / endereco inexistente / endereco invalido / endereco nao encontrado
    endereco de email nao foi encontrado / caixa postal inexistente / caixa postal nao existe
    endereco desconhecido
    no tiene cuenta en / no figura en el
    direccion de correo no valida / direccion de correo invalida
    direccion de correo desconocida / direccion de correo inexistente
    cuenta de correo no existe / cuenta de correo inexistente / casilla de correo no existe
    casilla de correo inexistente
mailboxfull: buzon lleno / buzon esta lleno / buzon de correo lleno
    buzon de entrada esta lleno / bandeja de entrada esta llena / excedio su cuota
    cuota excedida / cuota superada / excedido la cuota / excedido su cuota / sin espacio
    espacio insuficiente / supera la cuota / caixa postal cheia / caixa de correio cheia
    caixa cheia
    cota excedida / quota excedida / excedeu a cota
    excedeu o limite
    cuota de disco / casilla de correo * llena
suspend: por falta de uso / por inactividad
    cuenta deshabilitada / cuenta desactivada / cuenta suspendida / cuenta bloqueada
    buzon deshabilitado / conta desativada / conta suspensa / conta bloqueada / conta inativa
    cuenta inactiva / usuario bloqueado / usuario suspenso
hasmoved: nueva direccion de correo es / ha cambiado de direccion / novo endereco
    mudou de endereco / cambio de direccion
hostunknown: dominio no existe / dominio desconocido / dominio inexistente / dominio nao existe
    dominio nao encontrado / no se encontro el dominio / host desconocido / dominio desconhecido
mesgtoobig: mensaje demasiado grande / mensagem muito grande / tamano maximo / tamanho maximo
    supera el tamano / excede el tamano / excede o tamanho
spamdetected: considerado spam / correo no deseado / como spam / es spam
    e spam
blocked: lista negra / ip bloqueada / su ip / sua ip / seu ip / servidor bloqueado
expired?: tiempo de espera / tempo esgotado / tempo limite / no responde / nao responde
    tempo de espera

# Italian: Libero, TIM, Aruba
userunknown!: sconosciuto o mailbox / sconosciuta o mailbox
userunknown: utente sconosciuto / utente inesistente / utente non trovato
    destin sconosciuto / destinatario errato / indirizzo errato
    nome del destinatario non e riconosciuto / nome destinatario non riconosciuto
    destinatario sconosciuto / destinatario inesistente / destinatario non trovato
    casella inesistente / casella non esistente / indirizzo inesistente / indirizzo sconosciuto
    indirizzo non valido / indirizzo non trovato / casella non trovata
    account inesistente / indirizzo e mail inesistente / non esiste
mailboxfull: casella * piena / spazio esaurito / superato la quota / quota superata / quota esaurita
suspend: per inutilizzo / casella disabilitata / casella disattivata
    account disattivato / account disabilitato
    casella sospesa / utente disabilitato / casella bloccata
hostunknown: dominio sconosciuto / dominio non trovato / host sconosciuto / dominio non esiste
mesgtoobig: messaggio troppo grande / dimensione massima / dimensioni del messaggio
expired?: tempo scaduto / non risponde / tempo massimo

# Russian and Ukrainian: mail.ru, Yandex, Rambler
userunknown: пользователь не найден / пользователь не существует / такого пользователя нет
    почты не найден / пошти не знайдено
    нет такого пользователя / неизвестный пользователь / пользователь неизвестен
    адресат не найден / получатель не найден / неизвестный получатель / адрес не найден
    адрес не существует / адреса не существует / такого адреса
    ящик не существует / не существует такого / несуществующий адрес
    получателя не существует / користувача не знайдено / адресу не знайдено
    такого почтового ящика / учетная запись не найдена / не зарегистрирован
mailboxfull: превышена квота
    превышен лимит почтового ящика / переполнен / недостаточно места / превышен размер ящика
suspend: ящик заблокирован / аккаунт заблокирован / учетная запись заблокирована / ящик отключен
    пользователь заблокирован / ящик неактивен
hostunknown: домен не найден / домен не существует / неизвестный домен / домена не существует
    узел не найден
spamdetected: спам / признано спамом
mesgtoobig: слишком большое / размер письма / слишком велико / превышает максимальный размер
expired?: время ожидания / не отвечает / истекло время / истек срок

# Polish and Czech: Onet, WP, Seznam
userunknown: nieznany uzytkownik / uzytkownik nieznany / nie ma takiego uzytkownika
    nie zostal znaleziony / nie znaleziono adresu / adresa nebyla nalezena / adresa nenalezena
    uzytkownik nie istnieje / konto nie istnieje / adres nie istnieje / skrzynka nie istnieje
    nieznany odbiorca / nie ma takiego adresu / odbiorca nie istnieje / adresat nieznany
    uzivatel neexistuje / schranka neexistuje / adresa neexistuje / neznamy uzivatel
    prijemce neexistuje / nie ma takiego konta
mailboxfull: skrzynka pelna / przepelniona / przekroczono limit
    przekroczona pojemnosc / brak miejsca / schranka je plna / schranka plna
spamdetected: system antyspamowy / filtr antyspamowy
suspend: zablokowane administracyjnie
    schranka zablokovana / schranka je zablokovana / ucet zablokovan
hostunknown: domena nie istnieje / nieznana domena / domena neexistuje

# Dutch, Swedish, Danish, Norwegian, Finnish
userunknown: gebruiker onbekend / gebruiker is onbekend / onbekende gebruiker
    adres is niet gevonden / mailadres is niet gevonden / postadressen hittades inte
    mailadressen hittades inte / mailadresse blev ikke fundet / postadressen ble ikke funnet
    sahkopostiosoitetta ei loytynyt
    adres onbekend / onbekende ontvanger / ontvanger onbekend
    geadresseerde onbekend / niet gevonden in het domein / bestaat niet
    anvandaren ar okand / anvandare okand / mottagaren ar okand
    okand anvandare / okand mottagare / anvandaren finns inte / adressen finns inte
    mottagaren finns inte / adressen hittades inte / ukendt bruger / ukendt modtager
    brugeren findes ikke / adressen blev ikke fundet / adressen ble ikke funnet
    fant ikke adressen
    ukjent bruker / ukjent mottaker / modtageren findes ikke / adressen findes ikke
    adressen finnes ikke / tuntematon kayttaja / vastaanottajaa ei loydy / osoitetta ei loydy
    tuntematon vastaanottaja / kayttajaa ei loydy
mailboxfull: postbus vol / postbus is vol / mailbox is vol / mailbox vol / ontvanger vol is
    quotum overschreden
    postvak is vol / brevladan ar full / brevlada full / inkorgen ar full / postkassen er fuld
    indbakken er fuld / postkassen er full / innboksen er full / postilaatikko on taynna
suspend: account geblokkeerd / account is geblokkeerd / mailbox geblokkeerd / kontot ar avstangt
    kontot ar sparrat
hostunknown: domein bestaat niet / domein onbekend / onbekend domein / domanen finns inte
    okand doman / domaenet findes ikke / domenet finnes ikke

# Romanian, Croatian, Slovak, Indonesian, Vietnamese
userunknown: utilizator inexistent / utilizator necunoscut / destinatar necunoscut
    nu a fost gasita / nu a fost gasit
    nepoznati korisnik / neznamy pouzivatel / pengguna tidak dikenal / nguoi dung khong ton tai
    korisnik ne postoji / adresa ne postoji / uzivatel nebol najdeny / pengguna tidak ditemukan
    alamat tidak ditemukan / penerima tidak ditemukan / khong tim thay dia chi
mailboxfull: casuta este plina / sanducic je pun / kotak surat penuh

# Turkish, Greek, Hungarian
userunknown: kullanici bulunamadi / kullanici yok / adres bulunamadi
    adresi bulunamadi / cim nem talalhato / ταχυδρομειου δεν βρεθηκε / διευθυνση δεν βρεθηκε
    bilinmeyen kullanici / αγνωστος χρηστης / αγνωστος παραληπτης / ismeretlen felhasznalo
    ismeretlen cimzett
    χρηστης δεν υπαρχει / παραληπτης δεν υπαρχει / κατοχος δεν υπαρχει
mailboxfull: posta kutusu dolu / kota asildi / γραμματοκιβωτιο ειναι πληρες / postafiok megtelt
mailboxfull: mailbox des * ist voll / postfach des * ist voll / postfach von * ist voll
    boite * du destinataire est pleine / bandeja de entrada del destinatario esta llena
    boite de reception du destinataire pleine / posta in arrivo del destinatario piena
    caixa de entrada do destinatario cheia / buzon del * esta lleno / mailbox van * is vol
    skrzynka * jest pelna / caixa * esta cheia
mailboxfull: ha esaurito lo spazio
userunknown: na pas ete trouve / na pas ete trouvee / na pas pu etre trouve / na pas pu etre trouvee
    sellaista kayttajaa / kayttajaa ei ole
expired: konnte innerhalb von * nicht zugestellt / konnte seit * nicht zugestellt
    na pas pu etre remis dans le delai / no se pudo entregar en el plazo
    non e stato possibile consegnare * entro
mailboxfull: speicherplatz des * erschopft / boite aux lettres * taille maximale
    casuta postala este plina
    скринька переповнена / ящик переповнений
suspend: konto wurde vorubergehend gesperrt / konto ist vorubergehend gesperrt
    postfach wurde vorubergehend gesperrt / postfach ist vorubergehend gesperrt
    cuenta ha sido suspendida / cuenta ha sido desactivada / conta foi suspensa
    conta foi desativada / account e stato disattivato / account e stato sospeso
    учетная запись отключена / обліковий запис заблоковано
userunknown: benutzer * nicht bekannt / empfanger * nicht bekannt / adresse * nicht bekannt
    utilizatorul nu exista / felhasznalo nem talalhato / nincs ilyen felhasznalo
    χρηστης δεν βρεθηκε / nema takog korisnika / korisnik nije pronaden / nie znaleziono odbiorcy
    mottakeren finnes ikke / vastaanottajaa ei ole
mesgtoobig: uberschreitet die maximal / mensaje es demasiado grande / mensaje supera el
    mensagem excede
    messaggio supera / message depasse la taille / bericht is te groot
    wiadomosc jest za duza / meddelandet ar for stort
"""
)
