"""What the dashboards are made of: panels, variables and links that look and behave alike."""

import json

from grafana_foundation_sdk.builders import common as options
from grafana_foundation_sdk.builders import dashboard, prometheus, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models import prometheus as queries

TAG = "lagwarden"
SOURCE = models.DataSourceRef(type_val="prometheus", uid="${datasource}")
# Which alerts are shown as annotations: those of alerts/.
OURS = 'alertstate="firing", alertname=~"KafkaConsumer.*|Lagwarden.*"'

GREEN, YELLOW, ORANGE, RED, BLUE, GREY = "green", "yellow", "orange", "red", "blue", "text"


def path(uid: str, keep: tuple[str, ...] = (), **variables: str) -> str:
    """Address of another dashboard with the data source, the time range and these variables."""
    given = "".join(f"&${{{name}:queryparam}}" for name in keep)
    given += "".join(f"&var-{name}={value}" for name, value in variables.items())
    return f"/d/{uid}?${{datasource:queryparam}}{given}&${{__url_time_range}}"


GROUP = path("lagwarden-group", cluster="${__field.labels.cluster}", group="${__field.labels.group}")
TOPIC = path("lagwarden-topic", cluster="${__field.labels.cluster}", topic="${__field.labels.topic}")
GROUP_OF_ROW = path("lagwarden-group", cluster="${__data.fields.cluster}", group="${__data.fields.group}")


def link(title: str, url: str):
    return dashboard.DashboardLink(title).url(url)


def query(expression: str, legend: str = "", letter: str = "A", instant: bool = False):
    built = prometheus.Dataquery().expr(expression).ref_id(letter).datasource(SOURCE)
    built = built.legend_format(legend) if legend else built
    return built.instant() if instant else built.range()


def letters():
    return iter("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def steps(*marks: tuple[float | None, str]):
    """Colours from a value on; the first has no value."""
    return dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(
        [models.Threshold(value=value, color=color) for value, color in marks]
    )


def graph(title, description, unit, targets, width=12, links=(), stacked=False, zero=True):
    """Lines over time; `targets` are pairs of an expression and its legend."""
    panel = (
        timeseries.Panel()
        .title(title).description(description).unit(unit).datasource(SOURCE).span(width).height(8)
        .line_width(1).fill_opacity(25 if stacked else 5).show_points(common.VisibilityMode.NEVER)
        .tooltip(options.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI).sort(
            common.SortOrder.DESCENDING))
        .legend(options.VizLegendOptions().show_legend(True).display_mode(common.LegendDisplayMode.TABLE)
                .placement(common.LegendPlacement.BOTTOM).calcs(["lastNotNull", "max"]))
    )
    if zero:
        panel = panel.axis_soft_min(0)
    if stacked:
        panel = panel.stacking(options.StackingConfig().mode(common.StackingMode.NORMAL).group("A"))
    if links:
        panel = panel.data_links(list(links))
    for letter, (expression, legend) in zip(letters(), targets):
        panel = panel.with_target(query(expression, legend, letter))
    return panel


def threshold_line(panel, name):
    """Draws a threshold of the alert rules as a dashed red line; `name` is its legend."""
    dashes = {"fill": "dash", "dash": [10, 10]}
    return panel.override_by_name(name, [
        models.DynamicConfigValue(id_val="custom.lineStyle", value=dashes),
        models.DynamicConfigValue(id_val="color", value={"mode": "fixed", "fixedColor": RED}),
        models.DynamicConfigValue(id_val="custom.fillOpacity", value=0),
    ])


def number(title, description, unit, expression, width=4, marks=((None, BLUE),), none="none", url=None,
           words=None):
    """One number now; `none` is what stands where there is no value, `words` are texts for values."""
    panel = (
        stat.Panel()
        .title(title).description(description).unit(unit).datasource(SOURCE).span(width).height(4)
        .thresholds(steps(*marks)).color_mode(common.BigValueColorMode.VALUE)
        .graph_mode(common.BigValueGraphMode.AREA if words is None else common.BigValueGraphMode.NONE)
        .no_value(none)
        .reduce_options(options.ReduceDataOptions().calcs(["lastNotNull"]))
        .with_target(query(expression))
    )
    if words:
        panel = panel.mappings([values(words)])
    if url:
        panel = panel.data_links([link("Details", url)])
    return panel


def word(title, description, expression, label, width=4):
    """A label's value now, in words."""
    return (
        stat.Panel()
        .title(title).description(description).datasource(SOURCE).span(width).height(4)
        .text_mode(common.BigValueTextMode.NAME).color_mode(common.BigValueColorMode.NONE)
        .graph_mode(common.BigValueGraphMode.NONE).no_value("unknown")
        .reduce_options(options.ReduceDataOptions().calcs(["lastNotNull"]))
        .with_target(query(expression, f"{{{{{label}}}}}", instant=True))
    )


def values(words):
    """Texts and colours for values."""
    return models.ValueMap(options={
        value: models.ValueMappingResult(text=text, color=color, index=index)
        for index, (value, text, color) in enumerate(words)
    })


def bands(title, description, expression, legend, words, width=24, height=8):
    """States over time, one band for each series."""
    return (
        statetimeline.Panel()
        .title(title).description(description).datasource(SOURCE).span(width).height(height)
        .mappings([values(words)]).show_value(common.VisibilityMode.NEVER).row_height(0.9).merge_values(True)
        .legend(options.VizLegendOptions().show_legend(True).display_mode(common.LegendDisplayMode.LIST)
                .placement(common.LegendPlacement.BOTTOM))
        .with_target(query(expression, legend))
    )


def rows(title, description, columns, labels, width=24, height=10, url=None, sort=None):
    """A table: `columns` are (heading, unit, expression), `labels` the columns that name a row.

    A column without a unit is not shown: its query gives the rows only.
    """
    panel = (
        table.Panel()
        .title(title).description(description).datasource(SOURCE).span(width).height(height)
        .with_transformation(models.DataTransformerConfig(id_val="merge", options={}))
    )
    order, names, hidden = {}, {}, {"Time": True, "__name__": True}
    for letter, (heading, unit, expression) in zip(letters(), columns):
        panel = panel.with_target(
            query(expression, letter=letter, instant=True).format(queries.PromQueryFormat.TABLE))
        field = f"Value #{letter}" if len(columns) > 1 else "Value"
        order[field] = len(labels) + len(order)
        if unit is None:
            hidden[field] = True
        else:
            names[field] = heading
            panel = panel.override_by_name(heading, [models.DynamicConfigValue(id_val="unit", value=unit)])
    order.update({label: index for index, label in enumerate(labels)})
    panel = panel.with_transformation(models.DataTransformerConfig(
        id_val="organize", options={"excludeByName": hidden, "indexByName": order, "renameByName": names}))
    if url:
        panel = panel.override_by_name(labels[-1], [models.DynamicConfigValue(
            id_val="links", value=[{"title": "Details", "url": url}])])
    if sort:
        panel = panel.sort_by([options.TableSortByFieldState().display_name(sort).desc(True)])
    return panel


def chooser(name, label, expression, many=False, description=""):
    """A variable whose values are those of a label, as `label_values(selector, label)` has them."""
    built = (
        dashboard.QueryVariable(name).label(label).datasource(SOURCE)
        .query({"query": expression, "refId": "A"})
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_CASE_INSENSITIVE_ASC).multi(many).include_all(many)
    )
    if many:
        built = built.all_value(".+").current(models.VariableOption(selected=True, text="All", value="$__all"))
    return built.description(description) if description else built


def page(uid, title, description, variables, alerts):
    """An empty dashboard with its variables, links to the others, and alerts as annotations."""
    built = (
        dashboard.Dashboard(title)
        .uid(uid).description(description).tags([TAG]).editable().timezone("browser")
        .time("now-3h", "now").refresh("30s").tooltip(models.DashboardCursorSync.CROSSHAIR)
        .with_variable(dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus"))
        .link(dashboard.DashboardLink("Lagwarden").type(models.DashboardLinkType.DASHBOARDS).tags([TAG])
              .as_dropdown(False).include_vars(True).keep_time(True))
        .annotation(dashboard.AnnotationQuery().name("Alerts").datasource(SOURCE).enable(True)
                    .icon_color(RED).expr(alerts))
    )
    for variable in variables:
        built = built.with_variable(variable)
    return built


def fill(built, parts):
    """Puts panels onto a dashboard one after the other; a string begins a row."""
    for part in parts:
        built = built.with_row(dashboard.Row(part)) if isinstance(part, str) else built.with_panel(part)
    return built


def text(built) -> str:
    """The dashboard as Grafana reads it: JSON with numbered panels, the same for the same sources."""
    document = json.loads(json.dumps(built.build(), cls=JSONEncoder))
    for index, panel in enumerate(document["panels"], 1):
        panel["id"] = index
    # What an annotation says; the library has no words for these.
    for annotation in document["annotations"]["list"]:
        annotation["titleFormat"] = "{{alertname}}"
        annotation["textFormat"] = "{{severity}} {{cluster}} {{group}} {{topic}}"
        annotation["tagKeys"] = "severity"
    return json.dumps(document, indent=2, sort_keys=True) + "\n"
