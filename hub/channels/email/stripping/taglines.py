# ruff: noqa: RUF001
"""The line that a telephone, a program or a virus scanner writes below a mail. Data, in lower case.

A person writes "my phone" and "sent by mail", too: a phrase here must be one that nobody begins a sentence with, or be
paired with how the line ends.
"""


def _phrases(table: str) -> tuple[str, ...]:
    phrases = (phrase.strip() for line in table.splitlines() for phrase in line.split("|"))
    return tuple(phrase for phrase in phrases if phrase)


STARTS = _phrases("""
sent from | sent via | sent with | sent using | sent by | sent on the | get outlook for | get bluemail for
this message was sent from my | gesendet von | gesendet mit | gesendet über | gesendet vom | gesendet aus
verfasst mit | holen sie sich outlook für | diese e-mail wurde von avast | diese e-mail wurde auf viren
this email has been checked for viruses | envoyé de | envoyé depuis | envoyé à partir | envoyé par mon | envoyé avec
envoyé via | obtenez outlook pour | obtenir outlook pour | télécharger outlook pour | provenance : courrier
l'absence de virus dans ce courrier | enviado desde | enviado do | enviado a partir | enviado via | enviado con
enviado com | enviado mediante | obtener outlook para | obtenga outlook para | obter o outlook para
obtém o outlook para | inviato da | inviato dal | inviata da | inviato con | inviato tramite | scarica outlook per
ottieni outlook per | verzonden vanaf | verstuurd vanaf | verzonden met | verstuurd met | verzonden via | verstuurd via
download outlook voor | skickat från | skickad från | skickat med | hämta outlook för | skaffa outlook för
sendt fra | sendt med | sendt via | hent outlook til | hent outlook for | få outlook til | få outlook for
lähetetty | hanki outlook | hae outlook | wysłane z | wysłano z | pobierz outlook | pobierz program outlook
odesláno z | odesláno ze | odoslané z | získejte outlook | stáhnout outlook | отправлено с | отправлено из
отправлено через | послано с | скачайте outlook | получить outlook | надіслано з | trimis de pe
发自 | 發自 | 寄自 | 取得 outlook | 获取 outlook | được gửi từ | gửi từ | đã gửi từ | tải outlook
elküldve az | küldve az | virus-free | virenfrei | sans virus | libre de virus | privo di virus
virusvrij | wolny od wirusów
""")
"""A tagline begins with one of these, and names one of DEVICES."""

ENDS = _phrases("""
から送信 | より送信 | から送信されました | 에서 보냄 | 에서 전송
""")
"""Or it ends with one of these, and names one of DEVICES."""

PAIRS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (
        _phrases(
            "von meinem | von meiner | von unterwegs | vom iphone | vom handy | von outlook | von samsung | von yahoo"
        ),
        _phrases("gesendet | verschickt | geschrieben | versendet"),
    ),
    (_phrases("diese nachricht wurde | diese mail wurde | diese e-mail wurde"), _phrases("gesendet | verschickt")),
    (_phrases("outlook für"), _phrases("beziehen | herunterladen")),
    (_phrases("outlook voor"), _phrases("downloaden")),
    (_phrases("從我的 | 从我的"), _phrases("傳送 | 发送 | 發送")),
    (_phrases("iphone'umdan | ipad'imden | samsung | outlook'u"), _phrases("gönderildi | edinin")),
    (_phrases("iphone-omról | az iphone-omról | a samsung | samsung"), _phrases("küldve | küldtem")),
)
"""Or it begins with one of the first and ends with one of the second, and names one of DEVICES."""

DEVICES = _phrases("""
iphone | ipad | ipod | android | samsung | galaxy | blackberry | huawei | xiaomi | redmi | pixel | oneplus | oppo
nokia | htc | xperia | sony | motorola | windows | outlook | yahoo | gmail | proton | gmx | web.de | t-online | freemail
aol | k-9 | tuta | bluemail | mailbird | airmail | spark | zoho | mobile | mobil | smartphone | phone | handy | tablet
telefon | portable | móvil | celular | telefono | teléfono | telemóvel | puhelim | verizon | t-mobile | at&t | sprint
avast | avg | hotmail | nexus | mailspring | superhuman | polymail | acompli | fairphone | thunderbird | mailbox
手机 | 手機 | スマート | 携帯 | 아이폰 | 갤럭시 | 휴대 | мобильн | телефон | смартфон | gerät | appareil | toestel | ios
""")
"""Telephones, programs, and their common nouns."""

MINE = _phrases("""
sent from my | sent from a | envoyé de mon | envoyé depuis mon | enviado desde mi | enviado do meu | inviato dal mio
verzonden vanaf mijn | verstuurd vanaf mijn | skickat från min | sendt fra min | wysłane z mojego | odesláno z mého
отправлено с моего
""")
"""So told it need not be a device we know, in at most MAX_MINE words."""

EXCUSES = _phrases("""
please excuse | excuse | pardon | bitte entschuldig | please forgive | apologies
""")
"""Where the words begin that people add about their typing."""

MAX_WORDS = 13
"""A longer line is a sentence of a person."""
MAX_MINE = 7
