"""Standards 标准: what every record in a Chinese district is made of. Pure: no Django, no files but its
own tables, and no clock but `cleaning.today_in_china`; a check that needs a day takes it as an argument.

Identity numbers, unified social credit codes, names, dates, addresses, divisions, code lists, coordinates and
working time, each as small functions on plain text, and the data elements (数据元) that bind a name to its
type, its check, its security grade and its masking. Start reading at `elements`,
then `problems` (what can be wrong), `masking` (what is shown to whom).
"""
