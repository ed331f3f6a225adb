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
    "Actual": "Real",
    "After": "Después",
    "Anomalies at its machines": "Anomalías en sus máquinas",
    "Before": "Antes",
    "By whose word": "Según quién",
    "Conflicts": "Conflictos",
    "Control chart: centre (limits)": "Gráfico de control: centro (límites)",
    "Driver": "Factor",
    "Drivers": "Factores",
    "Duration": "Duración",
    "Energy": "Energía",
    "Energy cost": "Coste de la energía",
    "no tariff": "sin tarifa",
    "part of it has no price": "una parte no tiene precio",
    "Energy is between {low} and {high}: part of it was not measured.": (
        "La energía está entre {low} y {high}: una parte no se midió."
    ),
    "Energy measured": "Energía medida",
    "Energy per unit": "Energía por unidad",
    "Energy per unit among the lots of its reference": (
        "Energía por unidad entre los lotes de su referencia"
    ),
    "Expected": "Esperado",
    "Expected end": "Fin previsto",
    "Expected from {lots} lots, by {inputs}.": "Esperado según {lots} lotes, por {inputs}.",
    "Expected, or band": "Esperado, o banda",
    "Figure": "Cifra",
    "Figures, and what such a lot takes": "Cifras, y lo que requiere un lote así",
    "Finished": "Fin",
    "From start to end": "De inicio a fin",
    "From the norm of its reference to what it used": "De la norma de su referencia a lo consumido",
    "Golden band": "Banda de oro",
    "Golden lots": "Lotes de oro",
    "Good units": "Unidades buenas",
    "How it went, beside the golden lots of its reference": (
        "Cómo fue, junto a los lotes de oro de su referencia"
    ),
    "It is beyond what the model has seen.": "Está fuera de lo que el modelo ha visto.",
    "It is not finished: its figures still move.": "No ha terminado: sus cifras aún se mueven.",
    "Judgement": "Juicio",
    "Kind": "Tipo",
    "Lot": "Lote",
    "Lots of the reference": "Lotes de la referencia",
    "Lowest to highest": "De mínima a máxima",
    "Machine": "Máquina",
    "Mean temperature": "Temperatura media",
    "Measured": "Medido",
    "No run is known.": "No se conoce ninguna marcha.",
    "Norm": "Norma",
    "Not estimated: {reason}.": "Sin estimar: {reason}.",
    "Not judged: {reason}.": "Sin juzgar: {reason}.",
    "Opened": "Abierta",
    "Operator": "Operario",
    "Planned": "Previstas",
    "Power": "Potencia",
    "Progress": "Avance",
    "Quantity": "Cantidad",
    "Run": "Marcha",
    "Runs": "Marchas",
    "Scrap": "Rechazo",
    "Sensor": "Sensor",
    "Since it finished they have not changed.": "No han cambiado desde que terminó.",
    "Stands in for its reference: {what}.": "En lugar de su referencia: {what}.",
    "Started": "Inicio",
    "Statistic": "Estadístico",
    "Temperature": "Temperatura",
    "Temperature measured": "Temperatura medida",
    "The norm is that of {lots} lots.": "La norma es la de {lots} lotes.",
    "This lot": "Este lote",
    "Time": "Tiempo",
    "Time on machines": "Tiempo en máquinas",
    "Used": "Consumido",
    "Value": "Valor",
    "Verdict: {verdict}.": "Veredicto: {verdict}.",
    "When": "Cuándo",
    "Why": "Por qué",
    "Why its figures last changed": "Por qué cambiaron por última vez sus cifras",
    "as expected": "según lo previsto",
    "at least {value}": "al menos {value}",
    "breaks rule {rules}": "rompe la regla {rules}",
    "correction": "corrección",
    "declared": "declarado",
    "drift": "deriva",
    "energy": "energía",
    "energy_kwh": "energía, kWh",
    "event": "evento",
    "false": "falsa alarma",
    "fault": "avería",
    "high": "alta",
    "in control": "bajo control",
    "in the band": "en la banda",
    "last": "último",
    "level": "nivel",
    "low": "baja",
    "maximum": "máximo",
    "mean": "media",
    "medium": "media",
    "message": "mensaje",
    "minimum": "mínimo",
    "no energy measured": "sin energía medida",
    "no other lot to compare with": "ningún otro lote con el que comparar",
    "no temperature measured": "sin temperatura medida",
    "noise": "ruido",
    "not known": "no se sabe",
    "out_of_range": "fuera de rango",
    "planned_stop": "parada prevista",
    "real": "real",
    "reference not known": "referencia desconocida",
    "running": "en marcha",
    "shift": "salto",
    "silent": "callado",
    "slow": "cambio lento",
    "spike": "pico",
    "stuck": "atascado",
    "temperature_c_mean": "temperatura media, °C",
    "under way": "en curso",
    "unit": "unidad",
    "{count} more are not shown.": "Hay {count} más que no se muestran.",
    "{lower} of the {others} other lots of {reference} used less energy per unit.": (
        "{lower} de los otros {others} lotes de {reference} consumieron menos energía por unidad."
    ),
    "{score} spreads away on average, {share} of its phases outside the band.": (
        "a {score} dispersiones de media, el {share} de sus fases fuera de la banda."
    ),
    "{time} out of the band": "{time} fuera de la banda",
}


# What the database says in one word, in English.
EN: Mapping[str, str] = {
    "energy_kwh": "energy, kWh",
    "temperature_c_mean": "mean temperature, °C",
    "slow": "slow change",
    "shift": "sudden shift",
    "out_of_range": "out of range",
    "planned_stop": "planned stop",
    "false": "false alarm",
}


class Words:
    """Looks texts up; what a language lacks is said in English."""

    def __init__(self, locale: str) -> None:
        self._known = ES if locale == "es" else EN

    def __call__(self, text: str, **values: object) -> str:
        return self._known.get(text, text).format(**values)
