"""Names of the months and their usual short forms: English, German, French, Spanish, Italian, Dutch, Portuguese, Arabic
(both calendars' names in use), Polish, Swedish, Danish."""

MONTHS = {
    1: "january jan januar jänner janvier janv enero ene gennaio gen januari janeiro يناير كانون stycznia januar",
    2: "february feb februar février fevr févr febrero febbraio februari fevereiro fev فبراير شباط lutego",
    3: "march mar märz mrz mär mars marzo maart mrt março مارس آذار marca marts",
    4: "april apr avril avr abril abr aprile ابريل أبريل نيسان kwietnia",
    5: "may mai mayo maggio mag mei maio مايو أيار maja maj",
    6: "june jun juni juin junio giugno giu junho يونيو حزيران czerwca",
    7: "july jul juli juillet juil julio luglio lug julho يوليو تموز lipca",
    8: "august aug août aout agosto ago augustus augusti أغسطس اغسطس آب sierpnia",
    9: "september sep sept septembre septiembre settembre set setembro سبتمبر أيلول września",
    10: "october oct oktober okt octobre octubre ottobre ott outubro out أكتوبر اكتوبر تشرين października",
    11: "november nov novembre noviembre novembro نوفمبر listopada",
    12: "december dec dezember dez décembre déc diciembre dic dicembre dezembro ديسمبر grudnia",
}
