"""The same things said in other languages than English, one block a language.

Must hold data only: table.py says how a table is read. Accents do not count; texts in
Japanese, Chinese, Korean and Thai are searched without word boundaries.
"""

from parsers.codes.phrases.table import rows
from parsers.codes.words import Strength
from parsers.report import Reason

__all__ = ["ROWS"]

ROWS = (
    # Google Groups, one sentence in each of its languages: "may not have permission to post"
    *rows(
        Reason.REJECTED,
        Strength.CERTAIN,
        """
        グループにメッセージを投稿する権限がない / 您没有在此群组 / 您沒有在此群組
        没有向该论坛发帖的权限 / 没有向该群组发布 / 沒有權限張貼
        nicht die erforderlichen berechtigungen haben um der gruppe
        vous navez pas lautorisation de publier / ne disposez pas de lautorisation
        navez pas les autorisations necessaires pour publier
        no tienes permiso para publicar / no tenga permiso para publicar
        no tengas permiso para publicar
        nao tem permissao para postar / nao tenha permissao para postar
        nao tem autorizacao para publicar / nao tenha permissao para publicar
        non disponi dellautorizzazione / non avere lautorizzazione
        non disponga dellautorizzazione
        geen toestemming om berichten / niet gemachtigd om berichten
        нет разрешения на публикацию / нет прав на публикацию / нет доступа к публикации
        nie masz uprawnien do publikowania / nie masz uprawnien do zamieszczania
        δεν εχετε δικαιωμα αναρτησης / να μην εχετε δικαιωμα
        مجوز لازم برای ارسال پیام به این گروه / ليس لديك الإذن / ليس لديك إذن
        inte behorighet att lagga upp / ikke tilladelse til at skrive
        ikke tillatelse til a legge inn / ei ole oikeutta lahettaa viesteja
        gruba ileti gonderme izniniz / 게시할 권한이 없 / 그룹에 메시지를 게시할 수 있는 권한
        nemate opravneni / nemate povoleni
        אין לך הרשאה / nincs engedelye / khong co quyen dang
        """,
    ),
    # Japanese: carriers, m-FILTER, Notes, Exchange
    *rows(
        Reason.USERUNKNOWN,
        Strength.DECISIVE,
        """
        ディレクトリのリストにありません / ディレクトリには見つかりません
        ディレクトリに見つかりません
        ユーザーが見つかりません / ユーザが見つかりません / メールアドレスが見つかりません
        アドレスが見つかりません / 宛先が見つかりません / 宛先不明 / あて先不明
        存在しないメールアドレス / 存在しないアドレス / メールアドレスは存在しません
        メールアドレスが存在しません / アドレスが存在しません / アドレスは存在しません
        宛先が存在しません / 受信者が存在しません / 受信者が見つかりません
        ユーザは存在しません / ユーザーは存在しません / ユーザが存在しません
        ユーザーが存在しません
        宛先のメールアドレスに誤り / アドレスに誤りがある / アドレスが間違って
        宛先ユーザが存在しない / 宛先メールアドレスが存在しない / 該当するユーザ
        """,
    ),
    *rows(
        Reason.MAILBOXFULL,
        Strength.DECISIVE,
        """
        メールボックスがいっぱい / メールボックスが一杯 / メールボックスに空きがない
        メールボックスの容量を超え / メールボックスの容量が / メールボックス容量
        容量を超えて / 容量が一杯 / 容量がいっぱい / ボックスが満杯 / 容量オーバー
        受信トレイがいっぱい
        """,
    ),
    *rows(
        Reason.SUSPEND,
        Strength.DECISIVE,
        """
        利用停止 / アカウントは無効 / アカウントが無効 / 現在利用できません
        """,
    ),
    *rows(
        Reason.FILTERED,
        Strength.PLAIN,
        """
        受信拒否 / 受信を拒否 / 指定受信 / 迷惑メールフィルター / 受け取りを拒否
        """,
    ),
    *rows(
        Reason.HOSTUNKNOWN,
        Strength.DECISIVE,
        """
        ドメインが見つかりません / ドメインが存在しません / ドメイン名が正しくない
        ホストが見つかりません
        """,
    ),
    *rows(
        Reason.MESGTOOBIG,
        Strength.DECISIVE,
        """
        メールサイズが / サイズが大きすぎ / メッセージが大きすぎ / サイズ制限を超え
        サイズの上限
        """,
    ),
    *rows(
        Reason.EXPIRED,
        Strength.PLAIN,
        """
        応答がありません / タイムアウト / 再送を試み / 配信が遅れ / 配送が遅延 / 時間内に配信
        """,
    ),
    *rows(
        Reason.SPAMDETECTED,
        Strength.DECISIVE,
        """
        迷惑メールと判定 / スパムと判定 / 迷惑メールとして
        """,
    ),
    *rows(
        Reason.VIRUSDETECTED,
        Strength.DECISIVE,
        """
        ウイルスが検出 / ウイルスを検出 / ウィルスを検出
        """,
    ),
    *rows(
        Reason.SYSTEMERROR,
        Strength.PLAIN,
        """
        サーバエラー / サーバーエラー / システムエラー / 混雑して
        """,
    ),
    # Chinese: NetEase, Tencent, Sina, Coremail
    *rows(
        Reason.USERUNKNOWN,
        Strength.DECISIVE,
        """
        用户不存在 / 收件人不存在 / 邮箱不存在 / 帐号不存在 / 账号不存在 / 地址不存在
        找不到用户 / 找不到收件人 / 无此用户 / 没有此用户 / 没有这个用户 / 无效的收件人
        收件人地址不存在 / 收件人地址有误 / 該帳號不存在 / 使用者不存在 / 收件者不存在
        查無此人 / 無此使用者 / 無此帳號 / 找不到收件者 / 信箱不存在
        """,
    ),
    *rows(
        Reason.MAILBOXFULL,
        Strength.DECISIVE,
        """
        邮箱已满 / 邮箱空间已满 / 邮箱空间不足 / 邮箱容量 / 信箱已滿 / 信箱空間 / 郵箱已滿
        空间已满 / 空間不足 / 超出配额 / 超過配額
        """,
    ),
    *rows(
        Reason.SUSPEND,
        Strength.DECISIVE,
        """
        帐号已停用 / 账号被禁用 / 邮箱已停用 / 用户被锁定 / 帳號已停用 / 账号已冻结
        """,
    ),
    *rows(
        Reason.SPAMDETECTED,
        Strength.DECISIVE,
        """
        垃圾邮件 / 垃圾郵件 / 垃圾信件
        """,
    ),
    *rows(
        Reason.REJECTED,
        Strength.DECISIVE,
        """
        发信人电子邮件地址不合规范 / 发件人地址 / 拒绝发件人
        """,
    ),
    *rows(
        Reason.FILTERED,
        Strength.PLAIN,
        """
        被收件人拒收 / 收件人拒收 / 拒收 / 黑名单
        """,
    ),
    *rows(
        Reason.HOSTUNKNOWN,
        Strength.DECISIVE,
        """
        域名不存在 / 找不到域名 / 网域不存在 / 網域不存在
        """,
    ),
    *rows(
        Reason.MESGTOOBIG,
        Strength.DECISIVE,
        """
        邮件过大 / 邮件太大 / 信件太大 / 郵件過大 / 邮件大小超过
        """,
    ),
    *rows(
        Reason.EXPIRED,
        Strength.PLAIN,
        """
        连接超时 / 連線逾時 / 投递超时 / 超时
        """,
    ),
    # Korean
    *rows(
        Reason.USERUNKNOWN,
        Strength.DECISIVE,
        """
        존재하지 않는 / 사용자를 찾을 수 없 / 없는 사용자 / 수신자를 찾을 수 없 / 없는 계정
        """,
    ),
    *rows(
        Reason.MAILBOXFULL,
        Strength.DECISIVE,
        """
        용량이 초과 / 용량 초과 / 편지함이 가득 / 사서함이 가득
        """,
    ),
    *rows(
        Reason.SUSPEND,
        Strength.DECISIVE,
        """
        휴면 계정 / 휴면상태 / 사용 중지된 / 휴면 상태
        """,
    ),
    # German: GMX, web.de, T-Online, Exchange, Domino
    *rows(
        Reason.USERUNKNOWN,
        Strength.DECISIVE,
        """
        empfanger unbekannt / unbekannter empfanger / benutzer unbekannt / unbekannter benutzer
        empfanger existiert nicht / empfanger nicht gefunden / empfangeradresse existiert nicht
        benutzer existiert nicht / benutzer nicht gefunden / postfach existiert nicht
        adresse existiert nicht / adresse wurde nicht gefunden / adresse nicht gefunden
        mail adresse ist ungultig / empfangeradresse ist ungultig / adresse ist unbekannt
        adresse unbekannt / kein solcher benutzer / kein postfach / teilnehmer unbekannt
        wurde beim empfangersystem nicht gefunden / in der zieldomane nicht gefunden
        nicht im domino verzeichnis / nicht in domino verzeichnis aufgefuhrt
        im offentlichen namen * adressbuch nicht gefunden / nicht im adressbuch
        existiert unter dieser adresse nicht
        """,
    ),
    *rows(
        Reason.MAILBOXFULL,
        Strength.DECISIVE,
        """
        postfach voll / postfach ist voll / postfach des empfangers ist voll / mailbox voll
        mailbox ist voll / postfach uberfullt / postfach ist uberfullt / speicherplatz erschopft
        speicherplatz uberschritten / speicherplatz ist erschopft / quota uberschritten
        speicherkontingent / speicherlimit / postfachgrosse uberschritten
        postfach hat die maximale
        """,
    ),
    *rows(
        Reason.SUSPEND,
        Strength.DECISIVE,
        """
        postfach gesperrt / konto gesperrt / account gesperrt / deaktiviert
        postfach ist gesperrt
        """,
    ),
    *rows(
        Reason.HASMOVED,
        Strength.DECISIVE,
        """
        neue e mail adresse lautet / adresse hat sich geandert / neue adresse lautet
        adresse geandert
        """,
    ),
    *rows(
        Reason.HOSTUNKNOWN,
        Strength.DECISIVE,
        """
        domain existiert nicht / domane existiert nicht / domane wurde nicht gefunden
        domain unbekannt / host unbekannt / domain nicht gefunden
        """,
    ),
    *rows(
        Reason.MESGTOOBIG,
        Strength.DECISIVE,
        """
        nachricht ist zu gross / nachricht zu gross / mail ist zu gross / maximale grosse
        nachrichtengrosse
        """,
    ),
    *rows(
        Reason.SPAMDETECTED,
        Strength.DECISIVE,
        """
        als spam / spamverdacht / spam verdacht
        """,
    ),
    *rows(
        Reason.EXPIRED,
        Strength.PLAIN,
        """
        zeituberschreitung / zustellversuche / noch nicht zugestellt / verzogert
        antwortet nicht
        """,
    ),
    *rows(
        Reason.FILTERED,
        Strength.PLAIN,
        """
        vom empfanger abgelehnt / empfanger nimmt keine / annahme verweigert
        """,
    ),
    *rows(
        Reason.POLICYVIOLATION,
        Strength.PLAIN,
        """
        richtlinien
        """,
    ),
    # French: Orange, La Poste, SFR, Free, Exchange
    *rows(
        Reason.USERUNKNOWN,
        Strength.DECISIVE,
        """
        adresse destinataire invalide / destinataire inconnu / utilisateur inconnu
        destinataire invalide / destinataire inexistant / adresse inconnue / adresse inexistante
        boite aux lettres inconnue / boite inexistante / compte inexistant / compte inconnu
        nexiste pas / adresse e mail introuvable / adresse introuvable / destinataire introuvable
        adresse du destinataire nexiste pas / adresse de messagerie introuvable
        adresse du destinataire incorrecte / adresse incorrecte / aucun utilisateur
        introuvable dans le domaine de destination
        non repertorie dans lannuaire / utilisateur non trouve
        """,
    ),
    *rows(
        Reason.MAILBOXFULL,
        Strength.DECISIVE,
        """
        boite pleine / boite aux lettres pleine / boite aux lettres est pleine
        boite de reception pleine
        boite de reception est pleine / messagerie pleine / quota depasse / depasse son quota
        depassement de quota / espace disque insuffisant / boite du destinataire pleine
        boite mail pleine / boite est pleine / a depasse son quota
        boite aux lettres du destinataire est pleine
        """,
    ),
    *rows(
        Reason.SUSPEND,
        Strength.DECISIVE,
        """
        boite du destinataire archivee / compte suspendu / compte desactive / boite desactivee
        compte destinataire suspendu / compte bloque / boite suspendue / compte ferme
        """,
    ),
    *rows(
        Reason.HASMOVED,
        Strength.DECISIVE,
        """
        changement dadresse / nouvelle adresse est / a change dadresse / mon adresse a change
        """,
    ),
    *rows(
        Reason.HOSTUNKNOWN,
        Strength.DECISIVE,
        """
        domaine inconnu / domaine inexistant / hote inconnu / domaine introuvable
        nom de domaine nexiste pas / le domaine nexiste pas
        """,
    ),
    *rows(
        Reason.BLOCKED,
        Strength.DECISIVE,
        """
        ip source bloquee / adresse ip bloquee / votre adresse ip / votre serveur
        liste noire / connexion refusee
        """,
    ),
    *rows(
        Reason.SYSTEMERROR,
        Strength.FAINT,
        """
        service refuse / service indisponible / reessayer plus tard / essayer plus tard
        """,
    ),
    *rows(
        Reason.TOOMANYCONN,
        Strength.DECISIVE,
        """
        trop de connexions / trop de destinataires
        """,
    ),
    *rows(
        Reason.SPAMDETECTED,
        Strength.DECISIVE,
        """
        courrier indesirable / mail rejete / message indesirable / pourriel
        """,
    ),
    *rows(
        Reason.MESGTOOBIG,
        Strength.DECISIVE,
        """
        message trop volumineux / message trop gros / trop volumineux / taille maximale
        taille du message
        """,
    ),
    *rows(
        Reason.EXPIRED,
        Strength.PLAIN,
        """
        delai depasse / ne repond pas / delai dattente / a ete retarde / tentatives de remise
        """,
    ),
    *rows(
        Reason.FILTERED,
        Strength.PLAIN,
        """
        refuse par le destinataire / destinataire a refuse / rejete par le destinataire
        """,
    ),
    # Spanish and Portuguese: Terra, UOL, Telefonica, Exchange
    *rows(
        Reason.USERUNKNOWN,
        Strength.DECISIVE,
        """
        usuario desconocido / usuario no existe / el usuario no existe / usuario inexistente
        destinatario desconocido / destinatario no existe / destinatario inexistente
        buzon no existe / buzon inexistente / cuenta no existe / cuenta inexistente
        direccion no existe / direccion de correo no existe / direccion desconocida
        direccion invalida / direccion no valida / no se encontro la direccion
        no se encontro el usuario
        no se ha encontrado la direccion / no se ha encontrado al destinatario
        no existe el usuario
        destinatario desconhecido / usuario desconhecido / usuario nao existe
        usuario nao encontrado
        utilizador desconhecido / conta nao existe / conta inexistente / destinatario nao existe
        destinatario nao encontrado / endereco nao existe / endereco inexistente
        endereco invalido
        endereco nao encontrado / endereco de email nao foi encontrado / caixa postal inexistente
        caixa postal nao existe / endereco desconhecido
        """,
    ),
    *rows(
        Reason.MAILBOXFULL,
        Strength.DECISIVE,
        """
        buzon lleno / buzon esta lleno / buzon de correo lleno / buzon de entrada esta lleno
        bandeja de entrada esta llena / excedio su cuota / cuota excedida / cuota superada
        excedido la cuota / excedido su cuota / sin espacio / espacio insuficiente
        supera la cuota
        caixa postal cheia / caixa de correio cheia / caixa postal esta cheia / caixa cheia
        caixa de entrada esta cheia / caixa de correio esta cheia / cota excedida / quota excedida
        excedeu a cota / excedeu o limite
        """,
    ),
    *rows(
        Reason.SUSPEND,
        Strength.DECISIVE,
        """
        cuenta deshabilitada / cuenta desactivada / cuenta suspendida / cuenta bloqueada
        buzon deshabilitado / conta desativada / conta suspensa / conta bloqueada
        conta inativa / cuenta inactiva / usuario bloqueado / usuario suspenso
        """,
    ),
    *rows(
        Reason.HASMOVED,
        Strength.DECISIVE,
        """
        nueva direccion de correo es / ha cambiado de direccion / novo endereco
        mudou de endereco / cambio de direccion
        """,
    ),
    *rows(
        Reason.HOSTUNKNOWN,
        Strength.DECISIVE,
        """
        dominio no existe / dominio desconocido / dominio inexistente / dominio nao existe
        dominio nao encontrado / no se encontro el dominio / host desconocido
        dominio desconhecido
        """,
    ),
    *rows(
        Reason.MESGTOOBIG,
        Strength.DECISIVE,
        """
        mensaje demasiado grande / mensagem muito grande / tamano maximo / tamanho maximo
        supera el tamano / excede el tamano / excede o tamanho
        """,
    ),
    *rows(
        Reason.SPAMDETECTED,
        Strength.DECISIVE,
        """
        considerado spam / correo no deseado / como spam / marcado como spam / es spam
        e spam
        """,
    ),
    *rows(
        Reason.BLOCKED,
        Strength.DECISIVE,
        """
        lista negra / ip bloqueada / su ip / sua ip / seu ip / servidor bloqueado
        """,
    ),
    *rows(
        Reason.EXPIRED,
        Strength.PLAIN,
        """
        tiempo de espera / tempo esgotado / tempo limite / no responde / nao responde
        tempo de espera
        """,
    ),
    # Italian: Libero, TIM, Aruba
    *rows(
        Reason.USERUNKNOWN,
        Strength.DECISIVE,
        """
        utente sconosciuto / utente inesistente / utente non trovato / destinatario sconosciuto
        destinatario inesistente / destinatario non trovato / casella inesistente
        casella non esistente / indirizzo inesistente / indirizzo sconosciuto
        indirizzo non valido
        indirizzo non trovato / utente non esiste / casella non trovata / account inesistente
        indirizzo e mail inesistente / indirizzo email non esiste / non esiste
        """,
    ),
    *rows(
        Reason.MAILBOXFULL,
        Strength.DECISIVE,
        """
        casella piena / casella di posta piena / casella e piena / casella postale piena
        casella * piena / spazio esaurito / superato la quota / quota superata
        quota esaurita
        """,
    ),
    *rows(
        Reason.SUSPEND,
        Strength.DECISIVE,
        """
        casella disabilitata / casella disattivata / account disattivato
        account disabilitato / casella sospesa / utente disabilitato / casella bloccata
        """,
    ),
    *rows(
        Reason.HOSTUNKNOWN,
        Strength.DECISIVE,
        """
        dominio sconosciuto / dominio non trovato / host sconosciuto / dominio non esiste
        """,
    ),
    *rows(
        Reason.MESGTOOBIG,
        Strength.DECISIVE,
        """
        messaggio troppo grande / dimensione massima / dimensioni del messaggio
        """,
    ),
    *rows(
        Reason.EXPIRED,
        Strength.PLAIN,
        """
        tempo scaduto / non risponde / tempo massimo
        """,
    ),
    # Russian and Ukrainian: mail.ru, Yandex, Rambler
    *rows(
        Reason.USERUNKNOWN,
        Strength.DECISIVE,
        """
        пользователь не найден / пользователь не существует / такого пользователя нет
        нет такого пользователя / неизвестный пользователь / пользователь неизвестен
        адресат не найден / получатель не найден / неизвестный получатель / адрес не найден
        адрес не существует / адреса не существует / такого адреса / почтовый ящик не существует
        почтовый ящик не найден / ящик не существует / не существует такого / несуществующий адрес
        получателя не существует / користувача не знайдено / адресу не знайдено
        такого почтового ящика / учетная запись не найдена / не зарегистрирован
        """,
    ),
    *rows(
        Reason.MAILBOXFULL,
        Strength.DECISIVE,
        """
        ящик переполнен / ящик получателя переполнен / превышена квота
        превышен лимит почтового ящика / переполнен / недостаточно места
        превышен размер ящика
        """,
    ),
    *rows(
        Reason.SUSPEND,
        Strength.DECISIVE,
        """
        ящик заблокирован / аккаунт заблокирован / учетная запись заблокирована
        ящик отключен / пользователь заблокирован / ящик неактивен
        """,
    ),
    *rows(
        Reason.HOSTUNKNOWN,
        Strength.DECISIVE,
        """
        домен не найден / домен не существует / неизвестный домен / домена не существует
        узел не найден
        """,
    ),
    *rows(
        Reason.SPAMDETECTED,
        Strength.DECISIVE,
        """
        спам / признано спамом
        """,
    ),
    *rows(
        Reason.MESGTOOBIG,
        Strength.DECISIVE,
        """
        слишком большое / размер письма / слишком велико / превышает максимальный размер
        """,
    ),
    *rows(
        Reason.EXPIRED,
        Strength.PLAIN,
        """
        время ожидания / не отвечает / истекло время / истек срок
        """,
    ),
    # Polish and Czech: Onet, WP, Seznam
    *rows(
        Reason.USERUNKNOWN,
        Strength.DECISIVE,
        """
        nieznany uzytkownik / uzytkownik nieznany / nie ma takiego uzytkownika
        uzytkownik nie istnieje / konto nie istnieje / adres nie istnieje
        skrzynka nie istnieje / nieznany odbiorca / nie ma takiego adresu
        odbiorca nie istnieje / adresat nieznany / uzivatel neexistuje / schranka neexistuje
        adresa neexistuje / neznamy uzivatel / prijemce neexistuje
        """,
    ),
    *rows(
        Reason.MAILBOXFULL,
        Strength.DECISIVE,
        """
        skrzynka pelna / skrzynka jest pelna / przepelniona / przekroczono limit
        przekroczona pojemnosc / brak miejsca / schranka je plna / schranka plna
        """,
    ),
    *rows(
        Reason.SUSPEND,
        Strength.DECISIVE,
        """
        konto zablokowane / skrzynka zablokowana / konto wygaslo / konto nieaktywne
        skrzynka nieaktywna
        """,
    ),
    *rows(
        Reason.HOSTUNKNOWN,
        Strength.DECISIVE,
        """
        domena nie istnieje / nieznana domena / domena neexistuje
        """,
    ),
    # Dutch, Swedish, Danish, Norwegian, Finnish
    *rows(
        Reason.USERUNKNOWN,
        Strength.DECISIVE,
        """
        gebruiker onbekend / onbekende gebruiker / gebruiker bestaat niet / adres bestaat niet
        adres onbekend / onbekende ontvanger / ontvanger onbekend / mailbox bestaat niet
        geadresseerde onbekend / niet gevonden in het domein / bestaat niet / okand anvandare
        okand mottagare / anvandaren finns inte / adressen finns inte / mottagaren finns inte
        adressen hittades inte / ukendt bruger / ukendt modtager / ukjent bruker
        ukjent mottaker / modtageren findes ikke / adressen findes ikke / adressen finnes ikke
        tuntematon kayttaja / vastaanottajaa ei loydy / osoitetta ei loydy
        """,
    ),
    *rows(
        Reason.MAILBOXFULL,
        Strength.DECISIVE,
        """
        postbus vol / postbus is vol / mailbox is vol / mailbox vol / quotum overschreden
        postvak is vol / brevladan ar full / brevlada full / inkorgen ar full
        postkassen er fuld / indbakken er fuld / postkassen er full / innboksen er full
        postilaatikko on taynna
        """,
    ),
    *rows(
        Reason.SUSPEND,
        Strength.DECISIVE,
        """
        account geblokkeerd / account is geblokkeerd / mailbox geblokkeerd
        kontot ar avstangt / kontot ar sparrat
        """,
    ),
    *rows(
        Reason.HOSTUNKNOWN,
        Strength.DECISIVE,
        """
        domein bestaat niet / domein onbekend / onbekend domein / domanen finns inte
        okand doman / domaenet findes ikke / domenet finnes ikke
        """,
    ),
    # Turkish, Greek, Hungarian
    *rows(
        Reason.USERUNKNOWN,
        Strength.DECISIVE,
        """
        kullanici bulunamadi / boyle bir kullanici yok / kullanici yok / bilinmeyen kullanici
        αγνωστος χρηστης / αγνωστος παραληπτης / ismeretlen felhasznalo / ismeretlen cimzett
        """,
    ),
    *rows(
        Reason.MAILBOXFULL,
        Strength.DECISIVE,
        """
        posta kutusu dolu / kota asildi / γραμματοκιβωτιο ειναι πληρες / postafiok megtelt
        """,
    ),
)
