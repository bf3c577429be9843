"""How machines call what they write, in the languages of Europe and the largest of Asia.

Only the beginnings of subjects and whole sentences: a person may use any of these words somewhere.
"""

import re

# How programs begin the subject of what a person answers, and of what they pass on, before the colon.
ANSWERED = "re|aw|sv|vs|antw|odp|res|r"
FORWARDED = "wg|fwd?|tr|rv"


def _at_start(*alternatives: str) -> re.Pattern[str]:
    return re.compile(r"\W*(?:" + "|".join(alternatives) + r")", re.I)


def _anywhere(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.I)


def _in_sentences(*alternatives: str) -> re.Pattern[str]:
    """These at the beginning of a line or of a sentence."""
    begins = r"(?:^|[.!?:;]\s)\W*(?:(?:please|kindly) )?(?:(?:be aware|note)(?: that)? )?"
    return re.compile(begins + r"(?:" + "|".join(alternatives) + r")", re.I | re.M)


# Subjects of automatic answers. A person answers with "Re: …", or asks: "Out of office?"
AUTOMATIC_SUBJECTS = _at_start(
    r"auto(?:matic|mated)?[ -]?(?:reply|response|responder|answer)\b|autoreply\b|auto: ",
    r"out of (?:the )?office\b(?!\s*\?)|ooo\b|away from (?:the|my) (?:office|desk|mail)|on (?:annual |parental )?(?:leave|vacation)\b",
    r"vacation (?:reply|notice|response)|i(?: a|['’])m (?:currently )?(?:away|out of)|not in the office",
    r"abwesen(?:heit|d\b)|automatische (?:antwort|email|e-mail|rückantwort)|ich bin (?:nicht im büro|abwesend|im urlaub)|nicht im büro",
    r"r[ée]ponse automatique|message (?:automatique|d.absence)|absente? (?:du bureau|\(e\))|absence du bureau|absent\(e\)|notification d.absence|en cong[ée]s?\b",
    r"respuesta autom[áa]tica|fuera de (?:la )?oficina|ausente de la oficina|mensaje autom[áa]tico",
    r"risposta automatica|fuori (?:sede|ufficio)|assente dall.ufficio|messaggio automatico",
    r"automatisch (?:antwoord|bericht)|afwezig|niet op kantoor|buiten kantoor",
    r"resposta autom[áa]tica|fora d[oe] escrit[óo]rio|aus[êe]ncia tempor[áa]ria|aviso de aus[êe]ncia",
    r"autosvar|automatisk(?:t)? svar|frånvaro|fravær|ikke på kontor|ej på kontoret",
    r"automaattinen vastaus|poissa toimistosta|poissaolo",
    r"automatyczna odpowied[źz]|autoodpowied[źz]|poza biurem|nieobecno[śs][ćc]",
    r"automatick[áa] odpov[ěe][ďd]|mimo kancel[áa][řr]|nep[řr][íi]tomnost",
    r"automatikus v[áa]lasz|h[áa]zon k[íi]v[üu]l|r[ăa]spuns automat",
    r"автоматический ответ|автоответ|вне офиса|отсутств|автоматична відповідь",
    r"αυτόματη απάντηση|εκτός γραφείου|otomatik yan[ıi]t|ofis d[ıi][şs][ıi]nda",
    r"自動応答|自動返信|不在(?:通知|のお知らせ|です)|自动(?:答复|回复)|自動(?:回覆|答覆)|外出|자동 ?회신|자동 ?응답|부재중",
)
# Those of them that call themselves so, before a colon or alone: nobody begins an answer like that.
CALLED_AUTOMATIC = re.compile(
    r"(?=\W*(?:\S+ )?(?:aut[oóá]|авто|αυτόμ|otomat|自動|自动|자동))[^:：]{1,40}(?:[:：]|$)", re.I
)
# Ticket systems, forms and filters that confirm what came in, or ask for a confirmation.
TICKET_SUBJECTS = _at_start(
    r"\[?(?:(?:support )?ticket|case)[ #:]*\w*\]?.{0,40}(?:received|created|opened)\b",
    r"\[request[^\]]{0,30}received\]|ticket[ #:]*\d+ (?:wurde|a été|ha sido|è stato)",
    r"(?:we|we have|we['’]ve) received your|your (?:request|message|e-?mail|ticket).{0,30}received\b",
    r"thank you for (?:contacting|your (?:e-?mail|message|enquiry|inquiry))",
    r"(?:please )?(?:confirm|verify) your (?:e-?mail|message)\b",
    r"ihre (?:anfrage|nachricht).{0,30}(?:eingegangen|erhalten)|bitte bestätigen sie ihre (?:nachricht|e-?mail)",
    r"votre (?:demande|message).{0,30}reçue?|(?:hemos recibido|recibimos) su|abbiamo ricevuto la (?:tua|sua|vostra)",
    r"(?:wij|we) hebben (?:uw|je) .{0,20}ontvangen|recebemos (?:a )?(?:sua|seu)|vi har (?:tagit emot|mottagit|modtaget) (?:ditt|din)",
    r"otrzymali[śs]my (?:twoje|pa[ńn]stwa|twoj[ąa])",
)
# Sentences in which a mail says of itself that no person wrote it. “I guess this is an automated message, but yes” does not:
# such words begin a line or a sentence, or come after a request to note them.
SAYS_AUTOMATIC = _in_sentences(
    r"(?:this|following) is an? auto(?:matic|mated|matically|-generated)\b|this (?:message|e-?mail) (?:was|has been) (?:automatically|auto-)",
    r"this is an automated (?:message|response|reply)|automated response to your",
    r"dies(?:es)? ist eine automatisch|diese (?:nachricht|e-?mail|antwort) wurde automatisch",
    r"ceci est (?:une réponse|un message) automatique|ce (?:message|courriel|mail) est (?:généré )?automatique",
    r"(?:este|esta) es (?:un mensaje|una respuesta) automátic|esta é uma (?:resposta|mensagem) automática",
    r"quest[ao] è un(?:a risposta| messaggio) automatic|dit is een automatisch",
    r"(?:detta|dette) är? (?:er )?ett? automatiskt?|dette er (?:et|en) automatisk|tämä on automaatti",
    r"to jest automatyczna|(?:wiadomość|odpowiedź) wygenerowana automatycznie|toto je automatick",
    r"это автоматическ|это письмо (?:создано|отправлено) автоматически|це автоматичн",
    r"(?:.{0,40})(?:このメールは自動|自動(?:返信|送信)(?:です|メール|されて)|(?:此|这|這)(?:邮件|郵件)?(?:是|为|為)?自[动動]|자동으로 (?:발송|작성))",
    r".{0,80}(?:requires that you verify that you are|prove that you are human)",
)
RECEIPT_SUBJECTS = _at_start(
    r"(?:not )?read:|gelesen:|ungelesen gelöscht:|lu ?:|non lu ?:|le[íi]d[oa]:|lett[oa]:|gelezen:|lid[oa]:|läst:|læst:|lest:",
    r"(?:prze|od)czytano:|проч(?:ита|т)ено:|прочитано:|開封済み:|已读:|읽음:|return receipt\b|lesebestätigung\b",
)
# What a receipt without the format for it says, if it says anything: a person may begin a subject with "Read:".
RECEIPT_WORDS = _anywhere(
    r"(?:was|has been|wurde) (?:read|displayed|opened|deleted|gelesen|angezeigt|gelöscht)|wurde .{0,60}gelesen",
    r"a été (?:lu|affiché|supprimé)|fue (?:leído|mostrado)|è stat[oa] (?:lett[oa]|visualizzat[oa])|is gelezen|foi lid[oa]",
    r"har lästs|er (?:læst|lest)|został[ao]? (?:przeczytan|odczytan)|прочитан|прочтен|開封|已(?:阅读|閱讀)|return receipt",
)
BOUNCE_SUBJECTS = _anywhere(
    r"undeliver|undelivered|delivery (?:status notification|failure|has failed|failed)|returned mail",
    r"mail delivery (?:failed|system)|failure notice|message .{0,10}delayed|unzustellbar|non remis|no se puede entregar",
    r"mancato recapito|onbestelbaar|não (?:foi )?entreg|falha na entrega|niedostarczon|недоставлен|не доставлен|配信不能|无法投递|無法投遞",
)
# The person will not come back to this address.
LEFT = _anywhere(
    r"no longer (?:with|work(?:s|ing)?\b(?! (?:on|full|part))|employed|at|part of|in use|monitored)|(?:has|have) left (?:the company|the organi[sz]ation|us\b|our)",
    r"nicht mehr (?:bei|für|im unternehmen|in unserem|aktiv)|(?:hat|habe) (?:das unternehmen|die firma) verlassen|aus dem unternehmen ausgeschieden",
    r"n.est plus (?:dans|en poste|joignable à)|ne fait plus partie|a quitté (?:la société|l.entreprise)",
    r"ya no (?:trabaja|forma parte)|non lavora più|non fa più parte|werkt niet (?:meer|langer)|niet meer werkzaam",
    r"não (?:trabalha|faz) mais|já não trabalha|arbetar inte längre|har slutat|nie pracuje już|już nie pracuje",
    r"ikke længere ansat|(?:jobber|arbeider) ikke lenger|har sluttet|ei (?:ole|työskentele) enää|již .{0,20}nepracuje|už .{0,20}nepracuje",
    r"больше не работает|уволил(?:ся|ась)|退職(?:いた|し)|已离职|已離職|퇴사",
)
# Who is it that left, at the end of what stands before such words: a name, and no pronoun or thing.
SOMEBODY_NAMED = re.compile(
    r"\b(?!(?:It|This|That|He|She|They|You|We|Who|Ich|Er|Sie|Wir|Mailbox|Address|Account|Email)\b)"
    r"([A-Z][\w'’-]+(?: [A-Z][\w'’-]+)*) (?:is |was )?$"
)
