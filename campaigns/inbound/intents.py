"""What an answer seems to want, told from its words: a suggestion for a person, never a decision.

Runs here, without any service outside: sentences in eleven languages, each with a weight. The first intent
whose sentences weigh most is suggested; where nothing speaks clearly, nothing is.
"""

import re
from datetime import date, timedelta
from enum import StrEnum

from campaigns.inbound.dates import away_until, month_named
from campaigns.inbound.quotes import cut_quotes
from candidates.services.identifying import fold

READ_LENGTH = 2000
# With its space, and as most programs leave it.
_SIGNATURE = re.compile(r"^-- ?$", re.MULTILINE)
USUAL_REST = timedelta(days=180)
LONGEST_REST = timedelta(days=3 * 365)


class Intent(StrEnum):
    INTERESTED = "interested"
    NOT_NOW = "not_now"
    NO_THANKS = "no_thanks"
    WRONG_PERSON = "wrong_person"
    REFERRAL = "referral"
    REMOVE_ME = "remove_me"
    ERASE_ME = "erase_me"


# Folded: lower case, without accents. The heavier a sentence, the less else it can mean.
_SENTENCES: dict[Intent, tuple[tuple[int, str], ...]] = {
    Intent.ERASE_ME: (
        (9, r"(?:delete|erase|remove) (?:all )?(?:of )?(?:my (?:personal )?(?:data|information|profile|record|details)|the (?:personal )?(?:data|information))(?! (?:about|on|of) my)"),
        (9, r"(?:delete|erase|remove) everything|forget (?:about )?me\b|(?:take|remove|delete) my (?:cv|resume|name) (?:out of|from) (?:your|the)|\bgdpr (?:deletion|erasure|removal)"),
        (9, r"(?:delete|erase|remove) my (?:e-?mail )?address|(?:address|data|details|profile|cv|resume)\b.{0,60}(?:please |kindly )(?:delete|erase) (?:it|them|this|that)\b"),
        (9, r"(?:delete|erase|remove) all (?:\w+ ){0,2}(?:data|information)|right to (?:be forgotten|erasure)|article 17|art\. ?17"),
        (9, r"losch\w* (?:sie )?(?:bitte )?(?:alle )?meine (?:personlichen |personenbezogenen )?(?:daten|e-?mail-?adresse|adresse)|meine daten .{0,30}(?:zu )?losch"),
        (9, r"(?:supprim|effac)(?:e[rz]|iez) (?:toutes )?mes donnees|(?:eliminen?|borren?|eliminar|borrar) (?:todos )?mis datos"),
        (9, r"(?:cancell\w+|elimin\w+) (?:tutti )?i miei dati|verwijder\w* (?:al )?mijn gegevens|(?:mijn gegevens) .{0,20}verwijder"),
        (9, r"(?:apag\w+|elimin\w+|exclu\w+) (?:todos )?os meus dados|(?:radera|ta bort) (?:alla )?mina uppgifter|slet (?:alle )?mine (?:data|oplysninger)"),
        (9, r"usun\w* (?:wszystkie )?moj\w+ dan|smaz\w+ (?:vsechny )?m[eo]\w* udaje|удалит\w+ (?:все )?мои (?:персональные )?данные|データ.{0,8}削除|删除我的.{0,4}(?:数据|資料|信息)"),
    ),
    Intent.REMOVE_ME: (
        (8, r"(?<!wish to )(?<!you want to )unsubscribe|leave me alone|opt(?:[ -])?out(?! of (?:my|this|the) (?:\w+ )?(?:job|role|position))|(?:remove|take) me (?:from|off)|stop (?:writing|e-?mailing|mailing|contacting|messaging|spamming|sending)|^\W*stop\W*$"),
        (8, r"(?:do not|don.?t|never) (?:contact|write|e-?mail|message)\b(?! (?:me |us )?(?:by|on|at) )|(?:do not|don.?t) want (?:to (?:receive|get) (?:\w+ ){0,3}(?:e-?)?(?:mails?|messages?)|to hear (?:from|anything|any more)|any more)|no more (?:e-?)?mails?\b"),
        (8, r"abmelden|abbestellen|(?:aus|von) (?:ihre[mr]|der|dem) (?:\w+ )?(?:liste|verteiler)|(?:schreiben|kontaktieren) sie mi(?:r|ch) (?:bitte )?nicht (?:mehr|wieder)|nicht (?:mehr|weiter) (?:an(?:zu)?schreiben|(?:zu )?kontaktieren)|keine (?:weiteren )?(?:e-?)?mails"),
        (8, r"(?:me )?desinscri|(?:retire[rz]|enleve[rz])[ -]moi|me retirer|ne (?:plus )?me (?:contacte[rz]|ecri\w+)|darme de baja|denme de baja|no me (?:escriban|contacten)|quitenme"),
        (8, r"(?:cancell\w+|disiscriv\w+|rimuov\w+)mi|non (?:mi )?(?:scriv\w+|contatt\w+) piu|afmelden|uitschrijven|mail me niet|niet meer (?:mailen|benaderen)"),
        (8, r"descadastr|remov\w+ (?:o )?meu (?:e-?mail|nome)|nao me (?:contat\w+|escrev\w+)|avregistrera|avmeld|afmeld|(?:wypisa|wypisz|usun)\w* mnie|prosze nie pisac|odhlas|отпис|не пишите|配信停止|退订|退訂"),
    ),
    Intent.WRONG_PERSON: (
        (7, r"wrong (?:person|address|email|amara)|not the (?:right )?person|(?:i am|i'm|this is) not (?:amara|the one)|mistaken me|i think you (?:have|mean|meant)|isn.?t me\b"),
        (7, r"falsche (?:person|adresse)|(?:sie )?verwechseln|bin nicht die richtige|mauvaise personne|vous vous trompez de|persona equivocada|se ha equivocado|persona sbagliata"),
        (7, r"verkeerde persoon|pessoa errada|fel person|forkert person|niewlasciwa osoba|spatn[ae]\w* osob|не тому|не тот (?:человек|адрес)|人違い|你找错人|您找错人"),
    ),
    Intent.REFERRAL: (
        (6, r"(?:ask|contact|try|(?:talk|speak|reach out|write) to|get in touch with) (?:my|our|an?) (?:\w+ )?(?:colleague|coworker|co-worker|friend|teammate|brother|sister|husband|wife|partner)|(?:my|an?) (?:\w+ )?(?:colleague|coworker|co-worker|friend|teammate|brother|sister|husband|wife|partner) (?:(?:of mine|\w+),? ){0,4}(?:is|might|may|could|would) (?:\w+ ){0,3}(?:looking|interested|fit|match)"),
        (6, r"(?:can|could|would|.d|happy to|like to|let me) (?:\w+ )?(?:recommend|refer|introduce you)|i know (?:somebody|someone|some people|a (?:\w+ )?(?:person|developer|engineer)) (?:who|that)|you should (?:rather )?(?:talk|speak|write) to|better (?:ask|contact)"),
        (6, r"mein\w* (?:\w+ )?(?:kolleg|freund|bekannt)\w* (?:\w+ ){0,4}(?:sucht|interess|passen)|(?:fragen|schreiben|kontaktieren) sie (?:\w+ )?mein\w* (?:\w+ )?(?:kolleg|freund|bekannt)|(?:kann|konnte) (?:\w+ ){0,3}empfehlen|kenne (?:da )?jemand"),
        (6, r"(?:contacte[rz]|demande[rz] a|ecrive[rz] a) (?:mon|ma|une?) (?:\w+ )?(?:collegue|ami)|(?:peux|pourrais) vous (?:recommander|presenter)|connais quelqu.un|(?:contacte|pregunte|escriba) a (?:mi|un) |puedo recomendar|conozco a alguien"),
        (6, r"(?:contatti|chieda a|scriva a) (?:il |la |un )?(?:mi[oa] )?(?:collega|amic)|posso (?:consigliar|presentar)|conosco qualcuno|ik ken iemand|mijn (?:collega|vriend)\w* (?:\w+ ){0,3}(?:zoekt|interesse)|kan ik (?:\w+ )?aanbevelen"),
        (6, r"conheco alguem|posso (?:recomendar|indicar)|fale com (?:o meu|a minha)|kanner nagon|kan (?:rekommendera|anbefale)|kender en(?: person)? der|fraga min kollega|sporg min kollega"),
        (6, r"moge polecic|znam kogos|muzu doporucit|znam nekoho|могу (?:порекомендовать|посоветовать)|знаю (?:кое-кого|человека)|suosittelen|紹介でき|可以推荐"),
    ),
    Intent.NOT_NOW: (
        (5, r"not (?:right )?now|not (?:at )?(?:this|the) (?:moment|time)|(?:not|isn.?t) the right time|(?:ask|try|write|reach out|contact me|get in touch) (?:me )?(?:again )?(?:in|next|after)\b|maybe (?:later|next)|in (?:a few|some|six|6|three|3) months|half a year|bad timing"),
        (5, r"(?:momentan|zurzeit|derzeit|aktuell|im moment|gerade) (?:\w+ ){0,4}(?:nicht|kein)|spater (?:gern|noch)|in einem halben jahr|nachstes jahr|melden sie sich (?:\w+ )?(?:im|in|nach)"),
        (5, r"pas (?:pour le moment|en ce moment|maintenant|actuellement)|plus tard|l'annee prochaine|(?:ahora|por ahora|de momento|ahora mismo|actualmente) (?:\w+ ){0,2}no|no (?:\w+ ){0,3}ahora|mas adelante|en otono"),
        (5, r"(?:al|in questo) momento (?:\w+ ){0,2}non|non (?:ora|adesso)|piu avanti|(?:nu|op dit moment) (?:even )?niet|misschien volgend|no momento (?:\w+ ){0,2}nao|agora nao|mais tarde"),
        (5, r"inte (?:just )?nu|ikke (?:lige )?nu|nasta ar|senere|(?:obecnie|teraz|na razie) nie|ted ne|pozdeji|mozna pristi|сейчас не|позже|今は|目前不|现在不"),
    ),
    Intent.NO_THANKS: (
        (4, r"not (?:\w+ )?interested|no,? thank|no thanks|not for me|not looking|happy where i am|i(?: will|'ll) pass|have to decline|must decline|already (?:have|found|signed|accepted)|^no\W*$|not a (?:good )?fit"),
        (4, r"kein interesse|nein,? danke|nicht interessiert|bin (?:sehr )?(?:zufrieden|glucklich)|muss (?:leider )?absagen|nicht auf der suche|kommt (?:fur mich )?nicht in frage"),
        (4, r"pas interesse|non,? merci|pas a l.ecoute|je ne (?:suis pas|cherche pas)|no,? gracias|no (?:me interesa|estoy interesad|busco)|non (?:sono|mi) interess|no,? grazie"),
        (4, r"geen interesse|nee,? (?:bedankt|dank)|nao (?:tenho interesse|estou (?:interessad|procurando))|nao,? obrigad|inte intresserad|nej,? tack|trivs dar jag|ikke interesseret|ellers tak|soger ikke"),
        (4, r"nie jestem zainteresowan|nie,? dziekuje|nie szukam|nemam zajem|nehledam|ne,? dekuji|\bне интересн|нет,? спасибо|не ищу|en etsi|結構です|不感兴趣|謝謝，|kiitos,? ei"),
    ),
    Intent.INTERESTED: (
        (3, r"(?:i am|i'm|am|sounds?|looks?|very|would be) (?:\w+ )?interest(?:ed|ing)|sounds? (?:good|great|exciting)|(?:happy|glad|love|like) to (?:talk|chat|hear|learn|discuss)|let.?s (?:talk|chat|speak)|call me|tell me more|yes,? please|more (?:details|information|about)|what (?:is|does|would) .{0,30}(?:salary|pay)|are you free|i (?:am|'m) (?:free|available)|^yes\b|suits me|works for me|is it remote|set up a call"),
        (3, r"(?:bin|ware) (?:\w+ )?interessiert|habe (?:\w+ )?interesse|klingt (?:\w+ )?(?:gut|spannend|interessant)|gerne?\b.{0,40}(?:mehr|sprechen|telefon|kennen)|^gerne?\b|rufen sie|mehr (?:infos|erfahren|details)|wie hoch .{0,20}gehalt|passt (?:es )?mir"),
        (3, r"suis (?:\w+ )?interesse|(?:ca|cela) m.interesse|avec plaisir|volontiers|d.accord pour|me interesa|podemos hablar|suena (?:bien|interesante)|me gustaria|volentieri|mi interessa|mandi piu dettagli|perche no"),
        (3, r"(?:heb|ben) (?:\w+ )?(?:interesse|geinteresseerd)|klinkt (?:goed|leuk|interessant)|^leuk\b|vertel (?:eens|me)? ?meer|tenho interesse|podemos (?:falar|conversar)|pode me ligar|later (?:spannande|intressant)|ring (?:mig|gjerne)|lyder (?:spaendende|interessant)|horer? gerne mere|hores bra"),
        (3, r"jestem zainteresowan|chetnie (?:porozmawiam|poslucham)|brzmi (?:dobrze|ciekawie)|mam zajem|zni (?:to )?dobre|мне интересно|спасибо,? интересно|давайте (?:поговорим|созвонимся)|興味|感兴趣，|很感兴趣|kuulostaa (?:hyvalta|kiinnostavalta)"),
    ),
}  # fmt: skip
_COMPILED = {
    intent: tuple((weight, re.compile(pattern)) for weight, pattern in sentences)
    for intent, sentences in _SENTENCES.items()
}
_IN_TIME = (
    (re.compile(r"half a year|halben jahr|six months|6 months|sechs monat|semest|six mois|seis meses|sei mesi|pol roku|pul roku|halvar|halvt ar"), 182),
    (re.compile(r"next year|nachstes jahr|l'annee prochaine|proximo ano|l'anno prossimo|volgend jaar|nasta ar|naeste ar|pristi rok|przyszlym roku"), 365),
    (re.compile(r"three months|3 months|drei monat|trois mois|tres meses|tre mesi|a few months|paar monat|next quarter|nachstes quartal"), 91),
    (re.compile(r"next month|nachsten monat|le mois prochain|proximo mes|mese prossimo|volgende maand"), 31),
)  # fmt: skip


def suggest_intent(text: str) -> Intent | None:
    """What the writer of `text` seems to want; None where the words do not say it.

    Neither quotes are read nor what stands below the mark of a signature (RFC 3676, 4.3): a company's legal notice
    is nobody's wish.
    """
    own = _SIGNATURE.split(cut_quotes(text), maxsplit=1)[0] or text
    words = " ".join(fold(own[:READ_LENGTH]).split())
    scores = {
        intent: max((weight for weight, pattern in patterns if pattern.search(words)), default=0)
        for intent, patterns in _COMPILED.items()
    }
    best = max(scores, key=lambda intent: scores[intent])
    return best if scores[best] else None


def suggest_day(text: str, *, today: date) -> date:
    """When somebody may be asked again who wrote `text`: a day or span that it names, else half a year later."""
    own = cut_quotes(text)[:READ_LENGTH]
    named = away_until(own, today=today + timedelta(days=1), horizon=LONGEST_REST)
    if not named:
        named = month_named(own, today=today)
    if named and named <= today + LONGEST_REST:
        return named
    folded = " ".join(fold(own).split())
    for pattern, days in _IN_TIME:
        if pattern.search(folded):
            return today + timedelta(days=days)
    return today + USUAL_REST
