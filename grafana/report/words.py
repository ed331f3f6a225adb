"""What a report says itself, in the languages of the dashboards."""

from collections.abc import Mapping

ES: Mapping[str, str] = {
    "No data": "Sin datos",
    "All": "Todos",
    "none": "ninguno",
    "from {begin} to {end}": "de {begin} a {end}",
    "Times of {zone}. Made {now} from the database as it was then.": (
        "Horas de {zone}. Hecho el {now} con la base de datos de ese momento."
    ),
    "This panel failed: {reason}": "Este panel ha fallado: {reason}",
    "A report does not draw panels of kind {kind}. Look at it in Grafana.": (
        "Un informe no dibuja paneles del tipo {kind}. Véalo en Grafana."
    ),
    "This panel transforms its data in Grafana, which a report does not. Look at it there.": (
        "Este panel transforma sus datos en Grafana, y un informe no lo hace. Véalo allí."
    ),
    "Only the first {rows} rows are shown.": "Solo se muestran las primeras {rows} filas.",
    "Nothing of this is within the time of the page; the axis shows when it was.": (
        "Nada de esto cae en el tiempo de la página; el eje muestra cuándo fue."
    ),
    "This picture needs JavaScript.": "Esta imagen necesita JavaScript.",
    "Reports": "Informes",
    "{failed} of {panels} panels failed.": "{failed} de {panels} paneles han fallado.",
    "Start": "Inicio",
}


class Words:
    """Looks texts up; what a language lacks is said in English."""

    def __init__(self, locale: str) -> None:
        self._known = ES if locale == "es" else {}

    def __call__(self, text: str, **values: object) -> str:
        return self._known.get(text, text).format(**values)
