"""The names of months in the languages of our recipients.

Owns the names only. A name that is another month in another language is the one that
comes first in the table.
"""

import re
from collections.abc import Iterable

__all__ = ["NAME", "month"]

# each row one language, January first; three letters suffice
_ABBREVIATED = (
    "january february march april may june july august september october november december",
    "januar februar märz april mai juni juli august september oktober november dezember",
    "jänner feber märz april mai juni juli august september oktober november dezember",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "januari februari maart april mei juni juli augustus september oktober november december",
    "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada"
    " grudnia",
    "ledna února března dubna května června července srpna září října listopadu prosince",
    "januari februari mars april maj juni juli augusti september oktober november december",
    "januar februar marts april maj juni juli august september oktober november december",
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",
    "tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta heinäkuuta elokuuta"
    " syyskuuta lokakuuta marraskuuta joulukuuta",
    "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
    "január február március április május június július augusztus szeptember október november"
    " december",
    "ιανουαρίου φεβρουαρίου μαρτίου απριλίου μαΐου ιουνίου ιουλίου αυγούστου σεπτεμβρίου"
    " οκτωβρίου νοεμβρίου δεκεμβρίου",
    "ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie"
    " decembrie",
    "בינואר בפברואר במרץ באפריל במאי ביוני ביולי באוגוסט בספטמבר באוקטובר בנובמבר בדצמבר",
    "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
)
# the same of languages where three letters would be other words
_IN_FULL = (
    "siječnja veljače ožujka travnja svibnja lipnja srpnja kolovoza rujna listopada studenoga"
    " prosinca",
    "januara februara marta aprila maja juna jula avgusta septembra oktobra novembra decembra",
    "januarja februarja marca aprila maja junija julija avgusta septembra oktobra novembra"
    " decembra",
    "януари февруари март април май юни юли август септември октомври ноември декември",
    "јануара фебруара марта априла маја јуна јула августа септембра октобра новембра децембра",
    "jaanuarini veebruarini märtsini aprillini maini juunini juulini augustini septembrini"
    " oktoobrini novembrini detsembrini",
    "janvārim februārim martam aprīlim maijam jūnijam jūlijam augustam septembrim oktobrim"
    " novembrim decembrim",
    "sausio vasario kovo balandžio gegužės birželio liepos rugpjūčio rugsėjo spalio lapkričio"
    " gruodžio",
    "janúar febrúar mars apríl maí júní júlí ágúst september október nóvember desember",
    "gener febrer març abril maig juny juliol agost setembre octubre novembre desembre",
    "urtarrilaren otsailaren martxoaren apirilaren maiatzaren ekainaren uztailaren abuztuaren"
    " irailaren urriaren azaroaren abenduaren",
    "januari februari maret april mei juni juli agustus september oktober november desember",
    "januari februari mac april mei jun julai ogos september oktober november disember",
    "जनवरी फरवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर",
    "มกราคม กุมภาพันธ์ มีนาคม เมษายน พฤษภาคม มิถุนายน กรกฎาคม สิงหาคม กันยายน ตุลาคม พฤศจิกายน ธันวาคม",
    "ม.ค. ก.พ. มี.ค. เม.ย. พ.ค. มิ.ย. ก.ค. ส.ค. ก.ย. ต.ค. พ.ย. ธ.ค.",
)


def _numbered(rows: Iterable[str]) -> dict[str, int]:
    names: dict[str, int] = {}
    for row in rows:
        for number, name in enumerate(row.split(), 1):
            names.setdefault(name, number)
    return names


_NAMES = _numbered((*_ABBREVIATED, *_IN_FULL))
_SHORT = {
    name[:3]: number
    for name, number in reversed(_numbered(_ABBREVIATED).items())
    if name.isascii() and len(name) > 3
} | {"sept": 9, "märz": 3, "mrz": 3, "févr": 2, "août": 8, "déc": 12, "dez": 12, "okt": 10}
# "listopada" is November to a Pole, and October to a Croat, who also says one of these
_CROATIAN = re.compile("godišnj|odmor|odsut|hitn|obrati")
# letters, and the marks that stand between those of Hindi and Thai
NAME = r"(?:[^\W\d_]|[\u0900-\u0903\u093a-\u094f\u0e31-\u0e4e]){3,14}"


def month(name: str, text: str) -> int:
    """The number of the month that is called name (lower case) in text, which tells its language.

    0 where it is none.
    """
    if name == "listopada" and _CROATIAN.search(text.lower()):
        return 10
    return _NAMES.get(name) or _SHORT.get(name) or _SHORT.get(name[:3], 0)
