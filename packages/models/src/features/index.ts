export { createFeatureSchema, FEATURE_GROUPS, type FeatureGroup, type FeatureSchema } from './feature-schema.ts';
export { buildItemActivity, type ItemActivity, withLaterEvents } from './item-activity.ts';
export { addLater, removeLater } from './later-activity.ts';
