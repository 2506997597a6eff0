"""`from tws_wrapper.updater import TwsHistoricUpdater, TwsIntraMinuteUpdater`."""

from data_processing.tws.updater import TwsHistoricUpdater, TwsIntraMinuteUpdater

__all__ = ["TwsHistoricUpdater", "TwsIntraMinuteUpdater"]
